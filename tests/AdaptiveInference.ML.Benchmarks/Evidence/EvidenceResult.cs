using System.Text.Json.Serialization;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>What one training run came to: a line of <c>results.jsonl</c>.</summary>
internal sealed record EvidenceResult
{
    public required string Row { get; init; }

    /// <summary><see cref="EvidenceSet.Key"/> of its data set.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Set { get; init; }

    public required int Seed { get; init; }

    public required int Epochs { get; init; }

    /// <summary>Time that training took, interruptions left out.</summary>
    public required double TrainingSeconds { get; init; }

    public required long FullMacs { get; init; }

    public required bool HasGates { get; init; }

    public required bool HasExits { get; init; }

    /// <summary>The model as it was trained.</summary>
    public required TestPoint Trained { get; init; }

    /// <summary>The model under compute budgets.</summary>
    public required IReadOnlyList<TestPoint> Curve { get; init; }

    public required Provenance Provenance { get; init; }

    /// <inheritdoc cref="TrainingRecord.InSinglePrecision"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool InSinglePrecision { get; init; }

    /// <summary>Milliseconds per image of the managed executor on one core, median; null where it was not measured.</summary>
    public double? MillisecondsPerImage { get; init; }
}

/// <summary>One way to run a model, on the test images.</summary>
internal sealed record TestPoint
{
    /// <summary>Budget that was asked for, as a fraction of the network's own MACs; null for the model as it was trained.</summary>
    public double? Budget { get; init; }

    public required double Accuracy { get; init; }

    public required double MeanMacs { get; init; }

    /// <summary>Residual blocks run per image, mean.</summary>
    public required double BlocksRun { get; init; }

    public required int DistinctPaths { get; init; }

    /// <summary>Gates that opened for at least 99 % of the images that came to them.</summary>
    public required int GatesStuckOpen { get; init; }

    /// <summary>Gates that opened for at most 1 % of the images that came to them.</summary>
    public required int GatesStuckShut { get; init; }

    /// <summary>Share of the images that left at each exit, and at the last head.</summary>
    public required IReadOnlyList<double> Left { get; init; }

    /// <summary>Accuracy when every image goes the path of another one, drawn at random; null where paths do not differ.</summary>
    public double? ShuffledAccuracy { get; init; }

    /// <summary>Accuracy when all images go the path that most go; null where paths do not differ.</summary>
    public double? CommonPathAccuracy { get; init; }

    public double? CommonPathMacs { get; init; }
}

/// <summary>Where a model was trained.</summary>
internal sealed record Provenance(string Date, string Commit, string Machine, string DotNet, string LibTorch)
{
    /// <summary>The GPU; null for the processor.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Device { get; init; }
}
