using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// Which part of an image is seen, and where in the result it stands, under the resizing modes of ML.NET's <c>ResizeImages</c>. Cropping
/// and padding are the same on both sides.
/// </summary>
/// <remarks>
/// The part is exact, where ML.NET's own is rounded to whole pixels of the resized image: the two differ by about one pixel of the
/// result at most.
/// </remarks>
/// <param name="Rows">The rows that are seen.</param>
/// <param name="Columns">The columns that are seen.</param>
/// <param name="Top">First row of the result that is picture.</param>
/// <param name="Left">First column of the result that is picture.</param>
/// <param name="Height">Rows of the result that are picture, at least 1.</param>
/// <param name="Width">Columns of the result that are picture, at least 1.</param>
internal readonly record struct ResizeGeometry(AxisWindow Rows, AxisWindow Columns, int Top, int Left, int Height, int Width)
{
    /// <summary>The geometry for an upright image.</summary>
    /// <param name="kind">How proportions are treated.</param>
    /// <param name="height">Rows of the image, from 1.</param>
    /// <param name="width">Columns of the image, from 1.</param>
    /// <param name="newHeight">Rows of the result, from 1.</param>
    /// <param name="newWidth">Columns of the result, from 1.</param>
    public static ResizeGeometry Of(ResizingKind kind, int height, int width, int newHeight, int newWidth)
    {
        var whole = new ResizeGeometry(new AxisWindow(0, height), new AxisWindow(0, width), 0, 0, newHeight, newWidth);
        var excess = ((long)width * newHeight) - ((long)height * newWidth);
        if (excess == 0)
        {
            return whole;
        }

        switch (kind, isWider: excess > 0)
        {
            case (ResizingKind.IsoCrop, true):
                return whole with { Columns = Middle(width, (double)height * newWidth / newHeight) };
            case (ResizingKind.IsoCrop, false):
                return whole with { Rows = Middle(height, (double)width * newHeight / newWidth) };
            case (ResizingKind.IsoPad, true):
                var rows = WholePixels((double)height * newWidth / width, newHeight);
                return whole with { Top = (newHeight - rows) / 2, Height = rows };
            case (ResizingKind.IsoPad, false):
                var columns = WholePixels((double)width * newHeight / height, newWidth);
                return whole with { Left = (newWidth - columns) / 2, Width = columns };
            default:
                return whole;
        }
    }

    private static AxisWindow Middle(int size, double length) => new((size - length) / 2, length);

    private static int WholePixels(double length, int most)
        => Math.Clamp((int)Math.Round(length, MidpointRounding.AwayFromZero), 1, most);
}
