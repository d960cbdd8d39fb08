using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Images;

/// <summary>Pictures whose every pixel is known: red and green rise along x and y, blue along both.</summary>
internal static class TestImages
{
    public static byte Red(int x, int y) => (byte)((10 * x) + y);

    public static byte Green(int x, int y) => (byte)(200 - (9 * y) + x);

    public static byte Blue(int x, int y) => (byte)((4 * x) + (5 * y));

    public static MLImage Colours(int width, int height)
    {
        var pixels = new byte[width * height * 4];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var at = ((y * width) + x) * 4;
                (pixels[at], pixels[at + 1], pixels[at + 2], pixels[at + 3]) = (Red(x, y), Green(x, y), Blue(x, y), 255);
            }
        }

        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }

    public static byte[] Png(MLImage image)
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".png");
        try
        {
            image.Save(file);
            return File.ReadAllBytes(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
