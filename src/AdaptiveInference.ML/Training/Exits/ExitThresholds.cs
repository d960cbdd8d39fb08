namespace AdaptiveInference.ML.Training.Exits;

/// <summary>Chooses how certain an exit must be for an image to leave.</summary>
internal static class ExitThresholds
{
    /// <summary>The threshold of every exit when there is no data to choose it on.</summary>
    public const float WithoutData = 0.9f;

    /// <summary>
    /// For each exit in order the lowest threshold at which the images that leave there, of those that are still in the network, are
    /// classified at least as well there as by the last head; 1, which lets none leave, when there is no such threshold.
    /// </summary>
    public static float[] Choose(ExitAnswers answers)
    {
        var inside = Enumerable.Range(0, answers.LastCorrect.Count).ToList();
        var thresholds = new float[answers.Confidence.Count];
        for (var exit = 0; exit < thresholds.Length; exit++)
        {
            var confidence = answers.Confidence[exit];
            thresholds[exit] = Lowest(inside, confidence, answers.Correct[exit], answers.LastCorrect);
            var threshold = thresholds[exit];
            inside.RemoveAll(image => threshold < 1 && confidence[image] >= threshold);
        }

        return thresholds;
    }

    private static float Lowest(
        List<int> inside, IReadOnlyList<float> confidence, IReadOnlyList<bool> correct, IReadOnlyList<bool> lastCorrect)
    {
        var order = inside.OrderByDescending(image => confidence[image]).ToList();
        var (lowest, gained) = (1f, 0);
        for (var i = 0; i < order.Count; i++)
        {
            gained += (correct[order[i]] ? 1 : 0) - (lastCorrect[order[i]] ? 1 : 0);

            // A threshold lets all images of one confidence leave or none.
            var value = confidence[order[i]];
            if (gained >= 0 && (i + 1 == order.Count || confidence[order[i + 1]] < value))
            {
                lowest = Math.Min(value, float.BitDecrement(1f));
            }
        }

        return lowest;
    }
}
