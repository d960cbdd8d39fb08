using SkiaSharp;

namespace AdaptiveInference.ML.Transforms.Tests.Images;

/// <summary>Pictures as cameras store them.</summary>
internal static class OrientedPictures
{
    /// <summary>Four quarters of different colours, stored as an orientation says.</summary>
    public static SKBitmap Quarters(int width, int height, int orientation = 1)
    {
        // From the definition of the tag: where the stored row 0 and column 0 are seen.
        var swaps = orientation >= 5;
        var bitmap = new SKBitmap(
            new SKImageInfo(swaps ? height : width, swaps ? width : height, SKColorType.Bgra8888, SKAlphaType.Opaque));
        for (var storedY = 0; storedY < bitmap.Height; storedY++)
        {
            for (var storedX = 0; storedX < bitmap.Width; storedX++)
            {
                var (y, x) = orientation switch
                {
                    2 => (storedY, width - 1 - storedX),                  // row 0 top, column 0 right
                    3 => (height - 1 - storedY, width - 1 - storedX),     // bottom, right
                    4 => (height - 1 - storedY, storedX),                 // bottom, left
                    5 => (storedX, storedY),                              // left, top
                    6 => (storedX, width - 1 - storedY),                  // right, top
                    7 => (height - 1 - storedX, width - 1 - storedY),     // right, bottom
                    8 => (height - 1 - storedX, storedY),                 // left, bottom
                    _ => (storedY, storedX),
                };
                var colour = (y < height / 2, x < width / 2) switch
                {
                    (true, true) => new SKColor(220, 30, 40),
                    (true, false) => new SKColor(40, 200, 60),
                    (false, true) => new SKColor(30, 60, 210),
                    _ => new SKColor(230, 220, 50),
                };
                bitmap.SetPixel(storedX, storedY, colour);
            }
        }

        return bitmap;
    }
}
