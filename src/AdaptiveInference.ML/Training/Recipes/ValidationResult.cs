namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>How a network did on a set of images.</summary>
/// <param name="Loss">Mean cross-entropy in nats.</param>
/// <param name="Accuracy">Share of right answers.</param>
/// <param name="ComputeFraction">Mean compute fraction when no image leaves early.</param>
internal sealed record ValidationResult(double Loss, double Accuracy, double ComputeFraction)
{
    /// <summary>Mean over all heads, those of exits too, of the share of right answers.</summary>
    public double AccuracyOfHeads { get; init; } = Accuracy;

    /// <summary>Mean of the budgets that gates were told; null where they are told none.</summary>
    public double? MeanBudget { get; init; }

    /// <summary>Share of right answers of each exit, if all images left there.</summary>
    public IReadOnlyList<double> AccuracyOfExits { get; init; } = [];
}
