using System.Buffers;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Images;

namespace AdaptiveInference.ML.Training.Data;

/// <summary>Resizes a part of a planar image to the whole, with the filter that image files are resized with.</summary>
internal static class PlanarCrop
{
    /// <summary>Resizes, and mirrors left to right where that is wanted.</summary>
    /// <param name="source">The image: channels, height, width.</param>
    /// <param name="shape">Its shape, and that of the result.</param>
    /// <param name="crop">The part.</param>
    /// <param name="flip">Whether to mirror.</param>
    /// <param name="target">Receives channels, height, width.</param>
    public static void Resize(ReadOnlySpan<float> source, ImageShape shape, PhotoCrop crop, bool flip, Span<float> target)
    {
        int height = shape.Height, width = shape.Width, plane = height * width;
        var rows = ResampleWeights.Compute(height, new AxisWindow(crop.Top, crop.Height), height);
        var columns = ResampleWeights.Compute(width, new AxisWindow(crop.Left, crop.Width), width);
        int first = columns.First(0), end = columns.End(width - 1);
        var buffer = ArrayPool<float>.Shared.Rent(end - first);
        var row = buffer.AsSpan(0, end - first);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var from = source.Slice(channel * plane, plane);
            var to = target.Slice(channel * plane, plane);
            for (var y = 0; y < height; y++)
            {
                row.Clear();
                var sourceY = rows.First(y);
                foreach (var weight in rows.Of(y))
                {
                    ImageResampler.MultiplyAdd(from.Slice((sourceY++ * width) + first, row.Length), weight, row);
                }

                Narrow(row, first, columns, to.Slice(y * width, width));
                if (flip)
                {
                    to.Slice(y * width, width).Reverse();
                }
            }
        }

        ArrayPool<float>.Shared.Return(buffer);
    }

    private static void Narrow(ReadOnlySpan<float> row, int first, ResampleWeights columns, Span<float> target)
    {
        for (var x = 0; x < target.Length; x++)
        {
            var weights = columns.Of(x);
            var pixels = row.Slice(columns.First(x) - first, weights.Length);
            var sum = 0f;
            for (var i = 0; i < weights.Length; i++)
            {
                sum += pixels[i] * weights[i];
            }

            target[x] = sum;
        }
    }
}
