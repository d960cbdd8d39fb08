using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML.Data;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Reports.Drawing;

/// <summary>A small picture as a PNG file.</summary>
internal sealed record Thumbnail(int Width, int Height, byte[] Png)
{
    /// <summary>Longer side of a shrunken image in pixels.</summary>
    public const int MaximumSide = 96;

    /// <summary>Shrinks an image, in its proportions, unless it is small.</summary>
    public static Thumbnail OfImage(MLImage image)
    {
        var shape = SmallShape(image.Height, image.Width);
        var pixels = new float[shape.Size];
        MLImagePixels.Read(image, ResizingKind.Fill, shape, pixels);
        return Encode(pixels, shape);
    }

    /// <summary>Shrinks an image file, upright; null when it is no image.</summary>
    public static Thumbnail? OfFile(ReadOnlySpan<byte> file)
    {
        if (EncodedImage.Measure(file) is not { } size)
        {
            return null;
        }

        var shape = SmallShape(size.Height, size.Width);
        var pixels = new float[shape.Size];
        return EncodedImage.Read(file, ResizingKind.Fill, shape, pixels) is null ? Encode(pixels, shape) : null;
    }

    /// <summary>
    /// Pixels of a vector column, planar. Values from 0 to 255 and from 0 to 1 are shown as they are meant; others, such as
    /// normalised ones, from the darkest to the brightest. Null for images whose channels are not gray or RGB.
    /// </summary>
    public static Thumbnail? OfPixels(float[] pixels, ImageShape shape)
    {
        if (shape.Channels is not (1 or 3))
        {
            return null;
        }

        float least = TensorPrimitives.Min<float>(pixels), most = TensorPrimitives.Max<float>(pixels);
        var (zero, full) = (least, most) switch
        {
            ( >= 0, <= 1) => (0f, 1f),
            ( >= 0, <= 255) => (0f, 255f),
            _ => (least, most),
        };
        var stretched = Array.ConvertAll(pixels, value => full > zero ? (value - zero) / (full - zero) * 255 : 0);
        if (Math.Max(shape.Height, shape.Width) <= MaximumSide)
        {
            return Encode(stretched, shape);
        }

        var step = (Math.Max(shape.Height, shape.Width) + MaximumSide - 1) / MaximumSide;
        var small = new ImageShape(shape.Channels, shape.Height / step, shape.Width / step);
        return Encode(Average(stretched, shape, small, step), small);
    }

    private static ImageShape SmallShape(int height, int width)
    {
        var scale = Math.Min(1.0, MaximumSide / (double)Math.Max(width, height));
        return new ImageShape(3, Math.Max(1, (int)Math.Round(height * scale)), Math.Max(1, (int)Math.Round(width * scale)));
    }

    private static float[] Average(float[] pixels, ImageShape from, ImageShape to, int step)
    {
        var result = new float[to.Size];
        for (var i = 0; i < result.Length; i++)
        {
            var (channel, place) = Math.DivRem(i, to.Height * to.Width);
            var (y, x) = Math.DivRem(place, to.Width);
            float sum = 0;
            for (var dy = 0; dy < step; dy++)
            {
                var row = (((channel * from.Height) + (y * step) + dy) * from.Width) + (x * step);
                sum += TensorPrimitives.Sum<float>(pixels.AsSpan(row, step));
            }

            result[i] = sum / (step * step);
        }

        return result;
    }

    private static Thumbnail Encode(float[] planar, ImageShape shape)
    {
        var plane = shape.Height * shape.Width;
        var bytes = new byte[shape.Size];
        for (var pixel = 0; pixel < plane; pixel++)
        {
            for (var channel = 0; channel < shape.Channels; channel++)
            {
                bytes[(pixel * shape.Channels) + channel] = (byte)Math.Clamp(MathF.Round(planar[(channel * plane) + pixel]), 0, 255);
            }
        }

        return new Thumbnail(shape.Width, shape.Height, PngFile.Encode(bytes, shape.Channels, shape.Height, shape.Width));
    }
}
