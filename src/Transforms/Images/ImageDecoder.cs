using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using SkiaSharp;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>Turns encoded images into planar pixels of the size that a network reads. Every pixel is a whole number from 0 to 255.</summary>
internal static class ImageDecoder
{
    /// <summary>Decodes an image file held in memory.</summary>
    /// <returns>Whether the bytes are a whole image. One that breaks off is none: its missing rows would be scored as if they were black.</returns>
    public static unsafe bool TryDecode(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out MLImage? image)
    {
        image = null;
        if (encoded.IsEmpty)
        {
            return false;
        }

        fixed (byte* start = encoded)
        {
            using var data = SKData.Create((nint)start, encoded.Length);
            using var codec = SKCodec.Create(data);
            if (codec is null || codec.Info.Width <= 0 || codec.Info.Height <= 0)
            {
                return false;
            }

            // Colour type, alpha and colour space as MLImage's own reader has them, which takes incomplete files for whole ones.
            var alpha = codec.Info.AlphaType == SKAlphaType.Unpremul ? SKAlphaType.Premul : codec.Info.AlphaType;
            var info = codec.Info.WithAlphaType(alpha).WithColorSpace(null);
            using var bitmap = new SKBitmap();
            if (!bitmap.TryAllocPixels(info) || codec.GetPixels(info, bitmap.GetPixels()) != SKCodecResult.Success)
            {
                return false;
            }

            image = ToImage(bitmap);
            return image is not null;
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

    private static MLImage? ToImage(SKBitmap bitmap)
    {
        if (bitmap.ColorType is SKColorType.Bgra8888 or SKColorType.Rgba8888)
        {
            var format = bitmap.ColorType == SKColorType.Bgra8888 ? MLPixelFormat.Bgra32 : MLPixelFormat.Rgba32;
            return MLImage.CreateFromPixels(bitmap.Width, bitmap.Height, format, bitmap.GetPixelSpan());
        }

        // Gray or more than eight bits a channel.
        using var copy = bitmap.Copy(SKColorType.Bgra8888);
        return copy is null ? null : ToImage(copy);
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
