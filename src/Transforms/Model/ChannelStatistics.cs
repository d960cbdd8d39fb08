using System.Globalization;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>
/// Mean and standard deviation of each channel, in the units of the input pixels: the network sees (x − mean) / deviation.
/// </summary>
internal sealed class ChannelStatistics
{
    /// <summary>What to do about <see cref="ScaleProblem"/>.</summary>
    public const string ScaleAdvice =
        "Image files and MLImages have pixels from 0 to 255: for them import the network with ChannelMean and ChannelStandardDeviation "
        + "multiplied by 255. For pixels from 0 to 1 in a Vector<Single> column the values are right as they are.";

    private readonly float[] _mean;
    private readonly float[] _deviation;

    /// <exception cref="ArgumentException">
    /// The lists differ in length, a value is not finite, a deviation is not positive, or the mean image has other channels.
    /// </exception>
    public ChannelStatistics(IReadOnlyList<float> mean, IReadOnlyList<float> standardDeviation, MeanImage? meanImage = null)
    {
        if (meanImage is not null && meanImage.Shape.Channels != mean.Count)
        {
            throw new ArgumentException($"A mean image must have {mean.Count} channels, got {meanImage.Shape}.");
        }

        MeanImage = meanImage;
        if (mean.Count != standardDeviation.Count || mean.Count == 0)
        {
            throw new ArgumentException(
                $"Channel mean and standard deviation must have one value per channel, got {mean.Count} and {standardDeviation.Count}.");
        }

        _mean = new float[mean.Count];
        _deviation = new float[mean.Count];
        for (var i = 0; i < mean.Count; i++)
        {
            (_mean[i], _deviation[i]) = (mean[i], standardDeviation[i]);
            if (!float.IsFinite(_mean[i]) || !float.IsFinite(_deviation[i]) || _deviation[i] <= 0)
            {
                throw new ArgumentException("Channel means must be finite and standard deviations finite and positive.");
            }
        }
    }

    public ReadOnlySpan<float> Mean => _mean;

    public ReadOnlySpan<float> StandardDeviation => _deviation;

    public int Channels => _mean.Length;

    /// <summary>
    /// What is subtracted at each place instead of <see cref="Mean"/>, which is then its mean; null where that is the same everywhere.
    /// </summary>
    public MeanImage? MeanImage { get; }

    /// <summary>Says that the values are on a scale where a pixel is 0 to 1; null where they are not.</summary>
    /// <remarks>
    /// torchvision gives its values on that scale. The values alone do not tell a mistake from pixels that are 0 to 1 themselves: the
    /// column does. Mean 0 with deviation 1 is no normalisation and right for every scale.
    /// </remarks>
    public string? ScaleProblem
        => Array.TrueForAll(_mean, mean => Math.Abs(mean) <= 1) && Array.TrueForAll(_deviation, deviation => deviation <= 1)
            && !(Array.TrueForAll(_mean, mean => mean == 0) && Array.TrueForAll(_deviation, deviation => deviation == 1))
            ? $"channel means [{Numbers(_mean)}] and standard deviations [{Numbers(_deviation)}], which are those of pixels from 0 to 1."
            : null;

    /// <summary>Whether no images whose pixels are whole numbers, as those of image files are, have these means and deviations.</summary>
    /// <remarks>
    /// Among whole numbers with a mean m from 0 to 1, those that are 0 or 1 vary least: their deviation is √(m(1 − m)). The statistics of a
    /// network trained on masks of zeros and ones are so left alone, those of torchvision (0.485 and 0.229) are not. Half and half, which
    /// many networks for pixels of 0 to 1 use, would be such a mask's only when exactly half of its pixels are ones in every channel.
    /// </remarks>
    public bool AreNotOfWholePixels
    {
        get
        {
            const float Margin = 0.98f;
            var isHalf = true;
            for (var i = 0; i < _mean.Length; i++)
            {
                var (mean, deviation) = (_mean[i], _deviation[i]);
                if (mean < 0 || (mean <= 1 && deviation < Margin * MathF.Sqrt(mean * (1 - mean))))
                {
                    return true;
                }

                isHalf &= mean == 0.5f && deviation == 0.5f;
            }

            return isHalf;
        }
    }

    /// <summary>Whether no pixels from 0 to 1 have these means and deviations: a mean is above 1, or a deviation.</summary>
    public bool AreOfLargePixels => Array.Exists(_mean, mean => mean > 1) || Array.Exists(_deviation, deviation => deviation > 1);

    /// <summary>Pixels taken as they are.</summary>
    public static ChannelStatistics Identity(int channels)
        => new(Enumerable.Repeat(0f, channels).ToArray(), Enumerable.Repeat(1f, channels).ToArray());

    private static string Numbers(float[] values)
        => string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
