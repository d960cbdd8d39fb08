using SkiaSharp;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// Writes pixels of red, green, blue and alpha as planes: three colours, or luma (ITU-R BT.601) for one channel, upright and over white.
/// Every value is a whole number from 0 to 255.
/// </summary>
internal static class PlanarPixels
{
    /// <summary>
    /// What stands beside a picture that does not fill the result: a middle gray, near the mean of photos, so that a network sees no edge
    /// as hard as black or white would make. It does not depend on the network, so that any program can prepare the same pixels.
    /// </summary>
    private const float Padding = 128;

    /// <summary>Writes a whole image.</summary>
    /// <param name="source">Pixels as they are stored: height, width, four channels; colours multiplied by alpha.</param>
    /// <param name="blueFirst">Whether blue comes first and not red.</param>
    /// <param name="hasAlpha">Whether the fourth channel says how much covers the white ground; otherwise it is not looked at.</param>
    /// <param name="origin">How the stored image must be turned to stand upright.</param>
    /// <param name="geometry">Where the picture stands in the upright image; the rest is <see cref="Padding"/>.</param>
    /// <param name="shape">Shape of the upright image.</param>
    /// <param name="pixels">Receives the planes.</param>
    public static void Write(
        ReadOnlySpan<float> source, bool blueFirst, bool hasAlpha, SKEncodedOrigin origin, ResizeGeometry geometry, ImageShape shape,
        Span<float> pixels)
    {
        var (height, width) = Orientation.StoredSize(origin, geometry.Height, geometry.Width);
        if (geometry.Height < shape.Height || geometry.Width < shape.Width)
        {
            pixels[..shape.Size].Fill(Padding);
        }

        int red = blueFirst ? 2 : 0, blue = blueFirst ? 0 : 2;
        for (var y = 0; y < geometry.Height; y++)
        {
            var pixel = ((geometry.Top + y) * shape.Width) + geometry.Left;
            for (var x = 0; x < geometry.Width; x++, pixel++)
            {
                var (storedY, storedX) = Orientation.Stored(origin, y, x, height, width);
                var rgba = source.Slice(((storedY * width) + storedX) * ImageResampler.Channels, ImageResampler.Channels);
                var white = hasAlpha ? 255 - rgba[3] : 0;
                Store(shape, pixels, pixel, rgba[red] + white, rgba[1] + white, rgba[blue] + white);
            }
        }
    }

    private static void Store(ImageShape shape, Span<float> pixels, int pixel, float red, float green, float blue)
    {
        var plane = shape.Height * shape.Width;
        if (shape.Channels == 1)
        {
            pixels[pixel] = MathF.Round((0.299f * red) + (0.587f * green) + (0.114f * blue));
            return;
        }

        pixels[pixel] = MathF.Round(red);
        pixels[plane + pixel] = MathF.Round(green);
        pixels[(2 * plane) + pixel] = MathF.Round(blue);
    }
}
