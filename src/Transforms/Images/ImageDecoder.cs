using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>Turns encoded images into planar pixels of the size that a network reads. Every pixel is a whole number from 0 to 255.</summary>
internal static class ImageDecoder
{
    /// <summary>Decodes an image file held in memory.</summary>
    public static unsafe bool TryDecode(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out MLImage? image)
    {
        image = null;
        if (encoded.IsEmpty)
        {
            return false;
        }

        fixed (byte* start = encoded)
        {
            using var stream = new UnmanagedMemoryStream(start, encoded.Length);
            try
            {
                image = MLImage.CreateFromStream(stream);
                return true;
            }
            catch (Exception error) when (error is ArgumentException or InvalidOperationException)
            {
                // ML.NET's two ways to say that the decoder did not understand the bytes.
                return false;
            }
        }
    }

    /// <summary>Resizes to the shape and splits into planes: red, green, blue, or luma (ITU-R BT.601) for one channel.</summary>
    public static void Read(MLImage image, ImageShape shape, Span<float> pixels)
    {
        var blueFirst = image.PixelFormat == MLPixelFormat.Bgra32;
        int red = blueFirst ? 2 : 0, blue = blueFirst ? 0 : 2;
        var source = image.Pixels;
        int height = image.Height, width = image.Width;
        if (height == shape.Height && width == shape.Width)
        {
            for (var pixel = 0; pixel < height * width; pixel++)
            {
                var rgba = source.Slice(pixel * 4, 4);
                Store(shape, pixels, pixel, rgba[red], rgba[1], rgba[blue]);
            }

            return;
        }

        var resized = new float[3 * shape.Height * shape.Width];
        ImageResampler.Resize(source, height, width, resized, shape.Height, shape.Width);
        for (var pixel = 0; pixel < shape.Height * shape.Width; pixel++)
        {
            var rgb = resized.AsSpan(pixel * 3, 3);
            Store(shape, pixels, pixel, rgb[red], rgb[1], rgb[blue]);
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
