namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>Validation scores that are more than the accuracy.</summary>
internal static class ValidationScores
{
    /// <summary>Compute fraction above the target that costs nothing: within it epochs differ by chance.</summary>
    private const double Slack = 0.02;

    /// <summary>
    /// Price of compute above the mean of the budgets that gates were told, in accuracy per compute fraction: about what the dial gains by
    /// it. What gates spend is set by what they are told when the model is used, and need not be met exactly here.
    /// </summary>
    private const double PriceOverBudgets = 0.02;

    /// <summary>Accuracy over budgets, less the price of what is spent above them.</summary>
    /// <param name="evaluation">Of an epoch, whose gates were told budgets.</param>
    public static double OverBudgets(ValidationResult evaluation)
        => evaluation.AccuracyOfHeads - (PriceOverBudgets * Math.Max(0, evaluation.ComputeFraction - evaluation.MeanBudget!.Value));

    /// <summary>
    /// Accuracy, less what is spent above the target: early epochs, whose gates are still open, would win by accuracy alone.
    /// </summary>
    public static double WithinTarget(ValidationResult evaluation, float? target)
        => target is { } fraction
            ? evaluation.AccuracyOfHeads - Math.Max(0, evaluation.ComputeFraction - fraction - Slack)
            : evaluation.AccuracyOfHeads;
}
