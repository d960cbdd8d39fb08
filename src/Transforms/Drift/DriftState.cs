namespace AdaptiveInference.ML.Transforms.Drift;

/// <summary>All that a monitor knows, at one moment.</summary>
internal sealed record DriftState
{
    public required DriftMonitorOptions Options { get; init; }

    public required long RowsSeen { get; init; }

    public required long RowsChecked { get; init; }

    public required long Disagreements { get; init; }

    /// <summary>See <see cref="BreakEvidence.Bets"/>.</summary>
    public required double[] Bets { get; init; }

    /// <summary>See <see cref="BreakEvidence.Largest"/>.</summary>
    public required double Largest { get; init; }

    /// <summary>See <see cref="BreakEvidence.Total"/>, which follows from the others.</summary>
    public double Total { get; init; }
}
