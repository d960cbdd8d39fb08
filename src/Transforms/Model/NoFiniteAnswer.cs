using System.Globalization;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>What to say of an image that a network has no finite answer for: a NaN would pass as a prediction of the first class.</summary>
internal static class NoFiniteAnswer
{
    // Standard deviations from the mean: pixels of photographs lie within three, and a network that overflows so near is itself the cause.
    private const double Usual = 1000;

    /// <summary>The sentence, without the row that it is about.</summary>
    /// <param name="pixels">The image.</param>
    /// <param name="channels">What the network expects.</param>
    public static string Describe(ReadOnlySpan<float> pixels, ChannelStatistics channels)
    {
        var (least, most, farthest) = (float.PositiveInfinity, float.NegativeInfinity, 0.0);
        var plane = pixels.Length / channels.Channels;
        for (var i = 0; i < pixels.Length; i++)
        {
            var channel = i / plane;
            (least, most) = (Math.Min(least, pixels[i]), Math.Max(most, pixels[i]));
            farthest = Math.Max(farthest, Math.Abs((pixels[i] - (double)channels.Mean[channel]) / channels.StandardDeviation[channel]));
        }

        var range = string.Create(CultureInfo.InvariantCulture, $"pixels from {least:G4} to {most:G4}");
        return farthest > Usual
            ? $"the network has no finite answer for {range}, which are far from those that it was trained on"
            : $"the network has no finite answer for {range}, which are as it expects them: its weights are too large";
    }
}
