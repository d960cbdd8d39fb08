using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Training.Data;

/// <summary>Mean and standard deviation of the pixels of each channel.</summary>
internal static class PixelStatistics
{
    public static ChannelStatistics Of(PixelStore pixels, ReadOnlySpan<int> images, ImageShape shape)
    {
        var plane = shape.Height * shape.Width;
        var (sum, squares) = (new double[shape.Channels], new double[shape.Channels]);
        var values = new float[shape.Size];
        foreach (var image in images)
        {
            pixels.Read(image, values);
            for (var channel = 0; channel < shape.Channels; channel++)
            {
                double s = 0, q = 0;
                foreach (var value in values.AsSpan(channel * plane, plane))
                {
                    s += value;
                    q += (double)value * value;
                }

                sum[channel] += s;
                squares[channel] += q;
            }
        }

        var count = (double)images.Length * plane;
        var mean = sum.Select(s => s / count).ToArray();
        var deviation = mean.Select((m, channel) => Math.Sqrt(Math.Max(0, (squares[channel] / count) - (m * m))));

        // A channel of one value everywhere says nothing; dividing by 1 keeps it at 0.
        return new ChannelStatistics(
            [.. mean.Select(m => (float)m)],
            [.. deviation.Select((d, channel) => d > 1e-6 * Math.Max(1, Math.Abs(mean[channel])) ? (float)d : 1f)]);
    }
}
