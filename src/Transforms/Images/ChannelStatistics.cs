namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>Mean and standard deviation of each channel, in the units of the input pixels: the network sees (x − mean) / deviation.</summary>
internal sealed class ChannelStatistics
{
    private readonly float[] _mean;
    private readonly float[] _deviation;

    /// <exception cref="ArgumentException">The lists differ in length, a value is not finite, or a deviation is not positive.</exception>
    public ChannelStatistics(IReadOnlyList<float> mean, IReadOnlyList<float> standardDeviation)
    {
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

    /// <summary>Pixels taken as they are.</summary>
    public static ChannelStatistics Identity(int channels)
        => new(Enumerable.Repeat(0f, channels).ToArray(), Enumerable.Repeat(1f, channels).ToArray());
}
