namespace AdaptiveInference.ML;

/// <summary>Where a <c>Fit</c> stands. Reported several times per epoch, and once at its end with the validation results.</summary>
public sealed record TrainingProgress
{
    /// <summary>The part of the training run.</summary>
    public required TrainingStage Stage { get; init; }

    /// <summary>Epoch from 1, counted through all stages.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs of all stages together.</summary>
    public required int Epochs { get; init; }

    /// <summary>Batches done in this epoch.</summary>
    public required int Batch { get; init; }

    /// <summary>Batches of one epoch.</summary>
    public required int Batches { get; init; }

    /// <summary>Mean cross-entropy over this epoch's images so far, in nats.</summary>
    public required double Loss { get; init; }

    /// <summary>Share of this epoch's training images so far that were classified correctly while training on them, 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>
    /// Mean compute fraction of this epoch's training images so far: MACs spent ÷ MACs of the same network with every block run and
    /// no gates. 1 for a static network; slightly above 1 when all gates are open, because gates cost a little too.
    /// </summary>
    public required double ExecutedFraction { get; init; }

    /// <summary>Training images per second in this epoch so far.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Time since <c>Fit</c> was called.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Whether this is the report at the end of the epoch.</summary>
    public bool IsEpochEnd { get; init; }

    /// <summary>Mean cross-entropy on the validation data; null within an epoch and when there is no validation data.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Accuracy on the validation data, 0 to 1; null within an epoch and when there is no validation data.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Mean compute fraction on the validation data; null within an epoch and when there is no validation data.</summary>
    public double? ValidationExecutedFraction { get; init; }
}
