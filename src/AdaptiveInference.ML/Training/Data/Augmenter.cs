using System.Buffers;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Training.Data;

/// <summary>
/// Turns the stored pixels of an image into what the network reads: varied, normalised by the channel statistics, and with the channels of
/// one pixel side by side, the order in which convolutions are fastest.
/// </summary>
internal sealed class Augmenter(ImageShape shape, ChannelStatistics statistics, ImageAugmentation augmentation)
{
    private readonly float[] _scale = [.. statistics.StandardDeviation.ToArray().Select(deviation => 1 / deviation)];
    private readonly float[] _mean = statistics.Mean.ToArray();
    private readonly float[]? _meanImage = statistics.MeanImage?.For(shape);

    /// <summary>Largest shift in rows: one eighth of the height, as 4 pixels of CIFAR's 32.</summary>
    private readonly int _shiftY = (shape.Height + 4) / 8;

    private readonly int _shiftX = (shape.Width + 4) / 8;

    /// <summary>Whether pixels are from 0 to 255; the scale of others is not known.</summary>
    public bool HoldsBytes { get; init; }

    /// <summary>Whether varying an image takes so long that it is worth more than one thread.</summary>
    public bool IsSlow => augmentation is ImageAugmentation.Photo or ImageAugmentation.PhotoFlip;

    /// <summary>Normalises an image as it is.</summary>
    public void Plain(ReadOnlySpan<float> planar, Span<float> interleaved) => Write(planar, interleaved, 0, 0, false);

    /// <summary>Varies an image as the stream says, and normalises it.</summary>
    /// <param name="planar">Pixels as channels, height, width.</param>
    /// <param name="interleaved">Receives height, width, channels.</param>
    /// <param name="random">The image's own stream.</param>
    public void Vary(ReadOnlySpan<float> planar, Span<float> interleaved, RandomStream random)
    {
        if (augmentation is ImageAugmentation.Photo or ImageAugmentation.PhotoFlip)
        {
            VaryPhoto(planar, interleaved, random);
            return;
        }

        var flip = augmentation is ImageAugmentation.Flip or ImageAugmentation.PadCropFlip && random.Next(2) == 1;
        var (dy, dx) = augmentation is ImageAugmentation.PadCrop or ImageAugmentation.PadCropFlip
            ? (random.Next((2 * _shiftY) + 1) - _shiftY, random.Next((2 * _shiftX) + 1) - _shiftX)
            : (0, 0);
        Write(planar, interleaved, dy, dx, flip);
    }

    // Whether it may be mirrored comes last, so that both ways of varying photos show the same parts in the same light.
    private void VaryPhoto(ReadOnlySpan<float> planar, Span<float> interleaved, RandomStream random)
    {
        var crop = PhotoCrop.Draw(ref random, shape.Height, shape.Width);
        var jitter = ColourJitter.Draw(ref random);
        var flip = augmentation == ImageAugmentation.PhotoFlip && random.Next(2) == 1;
        var buffer = ArrayPool<float>.Shared.Rent(shape.Size);
        var varied = buffer.AsSpan(0, shape.Size);
        PlanarCrop.Resize(planar, shape, crop, flip, varied);
        jitter.Apply(varied, shape.Channels, HoldsBytes);
        Plain(varied, interleaved);
        ArrayPool<float>.Shared.Return(buffer);
    }

    private void Write(ReadOnlySpan<float> planar, Span<float> interleaved, int dy, int dx, bool flip)
    {
        int channels = shape.Channels, height = shape.Height, width = shape.Width;
        for (var channel = 0; channel < channels; channel++)
        {
            var plane = planar.Slice(channel * height * width, height * width);
            float mean = _mean[channel], scale = _scale[channel];
            for (var y = 0; y < height; y++)
            {
                var target = interleaved[(y * width * channels)..];
                var inside = (uint)(y + dy) < (uint)height;
                var source = inside ? plane.Slice((y + dy) * width, width) : default;
                ReadOnlySpan<float> means = _meanImage is null ? default : _meanImage.AsSpan(((channel * height) + y) * width, width);
                for (var x = 0; x < width; x++)
                {
                    var from = (flip ? width - 1 - x : x) + dx;

                    // What is shifted in is the mean, which normalises to 0. A mean image belongs to places of what the network reads, and
                    // so stays where it is.
                    target[(x * channels) + channel] = !inside || (uint)from >= (uint)width ? 0f
                        : (source[from] - (means.IsEmpty ? mean : means[x])) * scale;
                }
            }
        }
    }
}
