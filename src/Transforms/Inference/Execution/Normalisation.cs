using System.Numerics;
using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>
/// From raw pixels to what the stem reads: (pixel − mean) ÷ standard deviation, the mean being one number per channel or an image.
/// </summary>
/// <remarks>Not folded into the stem: its zero padding is zero after normalisation, not before.</remarks>
internal sealed unsafe class Normalisation
{
    private readonly float[] _mean;
    private readonly float[]? _meanImage;
    private readonly float[] _scale;

    public Normalisation(ChannelStatistics channels, ImageShape image)
    {
        _mean = channels.Mean.ToArray();
        _meanImage = channels.MeanImage?.For(image);
        _scale = channels.StandardDeviation.ToArray();
        for (var i = 0; i < _scale.Length; i++)
        {
            _scale[i] = (float)(1.0 / _scale[i]);
        }
    }

    /// <summary>Writes a normalised image into an arena.</summary>
    /// <param name="image">Raw pixel values, planar C, H, W.</param>
    /// <param name="map">Where the image has its place.</param>
    /// <param name="arena">Start of the arena.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Apply(ReadOnlySpan<float> image, FeatureMap map, float* arena)
    {
        ReadOnlySpan<float> means = _meanImage;
        for (var channel = 0; channel < map.Channels; channel++)
        {
            var row = arena + map.Offset + ((long)channel * map.GroupStride);
            for (var y = 0; y < map.Height; y++, row += map.RowStride)
            {
                if (means.IsEmpty)
                {
                    Row(image[..map.Width], row, _mean[channel], _scale[channel]);
                }
                else
                {
                    Row(image[..map.Width], means[..map.Width], row, _scale[channel]);
                    means = means[map.Width..];
                }

                image = image[map.Width..];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row(ReadOnlySpan<float> pixels, ReadOnlySpan<float> means, float* row, float scale)
    {
        var x = 0;
        for (; x <= pixels.Length - Vector<float>.Count; x += Vector<float>.Count)
        {
            ((new Vector<float>(pixels[x..]) - new Vector<float>(means[x..])) * scale).Store(row + x);
        }

        for (; x < pixels.Length; x++)
        {
            row[x] = (pixels[x] - means[x]) * scale;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row(ReadOnlySpan<float> pixels, float* row, float mean, float scale)
    {
        var x = 0;
        for (; x <= pixels.Length - Vector<float>.Count; x += Vector<float>.Count)
        {
            ((new Vector<float>(pixels[x..]) - new Vector<float>(mean)) * scale).Store(row + x);
        }

        for (; x < pixels.Length; x++)
        {
            row[x] = (pixels[x] - mean) * scale;
        }
    }
}
