namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>Validation scores that are more than the accuracy.</summary>
internal static class ValidationScores
{
    /// <summary>Compute fraction above the target that costs nothing: within it epochs differ by chance.</summary>
    private const double Slack = 0.02;

    /// <summary>
    /// Accuracy, less what is spent above the target: early epochs, whose gates are still open, would win by accuracy alone.
    /// </summary>
    public static double WithinTarget(Evaluation evaluation, float? target)
        => target is { } fraction
            ? evaluation.AccuracyOfHeads - Math.Max(0, evaluation.ComputeFraction - fraction - Slack)
            : evaluation.AccuracyOfHeads;
}
