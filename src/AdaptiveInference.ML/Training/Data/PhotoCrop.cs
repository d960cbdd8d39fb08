namespace AdaptiveInference.ML.Training.Data;

/// <summary>
/// The part of an image that is seen, drawn as by torchvision's <c>RandomResizedCrop</c> (Szegedy et al., CVPR 2015, section 6): an area,
/// proportions, and a place.
/// </summary>
internal readonly record struct PhotoCrop(int Top, int Left, int Height, int Width)
{
    /// <summary>
    /// Least share of the area. The papers' 0.08 is for a million images and many epochs; of half of the area, each side is seen to two
    /// thirds, and what stands in the middle is there in every one of the few epochs that a few hundred photos are trained for.
    /// </summary>
    public const double LeastArea = 0.5;

    /// <summary>Width ÷ height of the part, at most; its inverse at least.</summary>
    public const double MostAspect = 4.0 / 3;

    private const int Attempts = 10;

    /// <summary>Draws a part; the whole image where none of some draws fits, as none does in an image of a few pixels.</summary>
    public static PhotoCrop Draw(ref RandomStream random, int height, int width)
    {
        var logarithm = Math.Log(MostAspect);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var area = random.Next(LeastArea, 1) * height * width;
            var aspect = Math.Exp(random.Next(-logarithm, logarithm));
            var (rows, columns) = ((int)Math.Round(Math.Sqrt(area / aspect)), (int)Math.Round(Math.Sqrt(area * aspect)));
            if (rows >= 1 && rows <= height && columns >= 1 && columns <= width)
            {
                return new PhotoCrop(random.Next(height - rows + 1), random.Next(width - columns + 1), rows, columns);
            }
        }

        return new PhotoCrop(0, 0, height, width);
    }
}
