namespace AdaptiveInference.ML.Transforms.Drift;

/// <summary>All that a monitor knows, at one moment.</summary>
internal sealed record DriftState
{
    public required DriftMonitorOptions Options { get; init; }

    public required long RowsSeen { get; init; }

    public required long RowsChecked { get; init; }

    public required long Disagreements { get; init; }

    /// <summary>See <see cref="BreakEvidence.LogBets"/>.</summary>
    public required double[] LogBets { get; init; }

    /// <summary>See <see cref="BreakEvidence.Largest"/>.</summary>
    public required double LargestLog { get; init; }

    /// <summary>See <see cref="BreakEvidence.Log"/>, which follows from the others.</summary>
    public double Log { get; init; }
}
