namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>
/// How far the pooled features of an image lie from the mean of those of the class that it is answered with, in units of what is usual
/// among images of the network's own classes. Each head reads another map, and has means of its own.
/// </summary>
/// <remarks>
/// Nearest-class-mean scores (Lee et al., NeurIPS 2018) with a deviation for each channel in place of a covariance matrix, which some
/// hundred rows do not determine; features are brought to length 1 first, which makes such distances dependable (Mueller and Hein,
/// Mahalanobis++, ICML 2025). By themselves they tell foreign images from own ones, and wrong answers from right ones badly: so they only
/// lower the probability of an answer, and only beyond what is usual.
/// </remarks>
/// <param name="heads">Those of the exits, then the last head's.</param>
internal sealed class ClassDistances(IReadOnlyList<HeadDistances> heads)
{
    public IReadOnlyList<HeadDistances> Heads => heads;

    /// <summary>What an answer is accepted by: its probability, lowered where the image is farther off than is usual.</summary>
    /// <param name="head">The head that answered.</param>
    /// <param name="answer">The class.</param>
    /// <param name="probability">Its probability.</param>
    /// <param name="features">Mean of each channel of the head's map; there may be room for more behind.</param>
    public float Score(int head, int answer, float probability, ReadOnlySpan<float> features)
        => Lower(probability, heads[head].Of(features, answer));

    /// <summary>
    /// The probability, divided by the square of a distance above 1. What is no number is no distance, and nothing is accepted by it.
    /// </summary>
    public static float Lower(float probability, double distance)
        => distance <= 1 ? probability : (float)(probability / (distance * distance));
}

/// <summary>The distances of one head.</summary>
/// <param name="means">Mean of the features, class after class.</param>
/// <param name="weights">What each channel counts, with the unit of distance inside.</param>
internal sealed class HeadDistances(float[] means, float[] weights)
{
    public float[] Means => means;

    public float[] Weights => weights;

    public int Channels => weights.Length;

    /// <summary>The squared distance from a class, 1 or less for nearly all images of the network's own classes.</summary>
    public double Of(ReadOnlySpan<float> features, int answer)
    {
        var scale = Scale(features[..Channels]);
        var mean = means.AsSpan(answer * Channels, Channels);
        var sum = 0.0;
        for (var channel = 0; channel < mean.Length; channel++)
        {
            var difference = (features[channel] * scale) - mean[channel];
            sum += weights[channel] * difference * difference;
        }

        return sum;
    }

    /// <summary>What brings features to length 1; 0 where all are 0, which no number would.</summary>
    public static double Scale(ReadOnlySpan<float> features)
    {
        var sum = 0.0;
        foreach (var feature in features)
        {
            sum += (double)feature * feature;
        }

        return sum == 0 ? 0 : 1 / Math.Sqrt(sum);
    }
}
