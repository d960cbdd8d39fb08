using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using SkiaSharp;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>Turns ML.NET's images, which are decoded already, into planar pixels of the size that a network reads.</summary>
internal static class MLImagePixels
{
    /// <summary>Resizes to the shape and splits into planes; see <see cref="PlanarPixels"/>.</summary>
    public static unsafe void Read(MLImage image, ResizingKind resizing, ImageShape shape, Span<float> pixels)
    {
        var source = image.Pixels;
        var geometry = ResizeGeometry.Of(resizing, image.Height, image.Width, shape.Height, shape.Width);
        var resampler = new ImageResampler(
            image.Height, image.Width, geometry.Height, geometry.Width, geometry.Rows, geometry.Columns);
        var length = checked(image.Width * ImageResampler.Channels);
        for (var y = 0; y < image.Height; y++)
        {
            fixed (byte* row = source.Slice(checked(y * length), length))
            {
                resampler.Add(row);
            }
        }

        PlanarPixels.Write(
            resampler.Result, image.PixelFormat == MLPixelFormat.Bgra32, IsTransparent(source), SKEncodedOrigin.TopLeft, geometry, shape,
            pixels);

        // The pixels are native memory, which goes with the image.
        GC.KeepAlive(image);
    }

    /// <summary>
    /// Whether the fourth channel is transparency: colours are multiplied by it, as ML.NET's own readers do, so none is above it. In an
    /// image made of an application's own pixels it may be anything, and is not looked at.
    /// </summary>
    private static bool IsTransparent(ReadOnlySpan<byte> source)
    {
        var found = false;
        foreach (var pixel in MemoryMarshal.Cast<byte, uint>(source))
        {
            var alpha = pixel >> 24;
            if (alpha == 255)
            {
                continue;
            }

            if ((pixel & 0xFF) > alpha || ((pixel >> 8) & 0xFF) > alpha || ((pixel >> 16) & 0xFF) > alpha)
            {
                return false;
            }

            found = true;
        }

        return found;
    }
}
