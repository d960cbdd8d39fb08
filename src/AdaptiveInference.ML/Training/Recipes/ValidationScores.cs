namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>Validation scores that are more than the accuracy.</summary>
internal static class ValidationScores
{
    /// <summary>Compute fraction above the target that costs nothing: within it epochs differ by chance.</summary>
    private const double Slack = 0.02;

    /// <summary>
    /// Accuracy, less what is spent above the target: early epochs, whose gates are still open, would win by accuracy alone.
    /// </summary>
    /// <param name="evaluation">Of an epoch.</param>
    /// <param name="target">The fraction aimed for; null for none.</param>
    public static double WithinTarget(Evaluation evaluation, double? target)
        => target is { } fraction
            ? evaluation.AccuracyOfHeads - Math.Max(0, evaluation.ComputeFraction - fraction - Slack)
            : evaluation.AccuracyOfHeads;
}
