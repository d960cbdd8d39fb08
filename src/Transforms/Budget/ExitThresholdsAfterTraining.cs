using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>Chooses how certain an exit must be for an image to leave, from images whose labels are known.</summary>
internal static class ExitThresholdsAfterTraining
{
    /// <summary>The threshold of every exit when there is no data to choose it on.</summary>
    public const float WithoutData = 0.9f;

    /// <summary>
    /// Price of compute, in accuracy per compute fraction: one point for as much as the whole network needs. Without a price, chance
    /// decides between settings of nearly equal accuracy and very different cost.
    /// </summary>
    private const double Price = 0.01;

    /// <summary>
    /// For each exit in order the threshold at which the images that leave there, of those that are still in the network, gain the most
    /// against the last head: right answers, and compute at its price. 1, which lets none leave, when none gains.
    /// </summary>
    /// <param name="answers">What the heads answer for the validation data.</param>
    /// <param name="saved">For each exit the compute fraction that an image saves by leaving there.</param>
    public static float[] Choose(ExitAnswers answers, IReadOnlyList<double> saved)
    {
        var inside = Enumerable.Range(0, answers.LastCorrect.Count).ToList();
        var thresholds = new float[answers.Confidence.Count];
        for (var exit = 0; exit < thresholds.Length; exit++)
        {
            var confidence = answers.Confidence[exit];
            thresholds[exit] = Best(inside, confidence, answers.Correct[exit], answers.LastCorrect, saved[exit] * Price);
            var threshold = thresholds[exit];
            inside.RemoveAll(image => ExitRule.Leaves(confidence[image], threshold));
        }

        return thresholds;
    }

    private static float Best(
        List<int> inside, IReadOnlyList<float> confidence, IReadOnlyList<bool> correct, IReadOnlyList<bool> lastCorrect, double saving)
    {
        var order = inside.OrderByDescending(image => confidence[image]).ToList();
        var leaving = ExitThresholdSearch.Leaving(
            order,
            image => confidence[image],
            image => (correct[image] ? 1 : 0) - (lastCorrect[image] ? 1 : 0) + saving,
            ties: true);
        return leaving == 0 ? 1f : ExitThresholdSearch.ThresholdOf(confidence[order[leaving - 1]]);
    }
}
