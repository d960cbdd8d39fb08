namespace AdaptiveInference.ML.Transforms;

/// <summary>What the thresholds of a budget were chosen by. Text for people is <see cref="ToString"/>.</summary>
public sealed record BudgetCalibration
{
    /// <summary>Rows whose images were run.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows that were left out because they have no label, or one of a class that the network does not know.</summary>
    public required long RowsLeftOut { get; init; }

    /// <summary>
    /// Whether settings were judged by the accuracy on these rows' labels. Otherwise answers count as right with the probability that the
    /// network itself gives them.
    /// </summary>
    public required bool HasLabels { get; init; }

    /// <summary>One sentence.</summary>
    public override string ToString()
    {
        var leftOut = RowsLeftOut == 0 ? "" : FormattableString.Invariant($" ({RowsLeftOut:N0} without one left out)");
        var rows = FormattableString.Invariant($"{Rows:N0} row{(Rows == 1 ? "" : "s")}");
        return HasLabels
            ? $"Thresholds were chosen by the accuracy on the labels of {rows}{leftOut}."
            : $"Thresholds were chosen on {rows} without labels, by the probabilities that the network gives its answers.";
    }

    internal static BudgetCalibration Of(Budget.ComputeBudgetImages images)
        => new() { Rows = images.Count, RowsLeftOut = images.LeftOut, HasLabels = images.Labels is not null };
}
