namespace AdaptiveInference.ML;

/// <summary>Progress of a <c>Fit</c>. Reported several times per epoch, and once at its end with the validation results.</summary>
public sealed record TrainingProgress
{
    internal TrainingProgress()
    {
    }

    /// <summary>The part of the training run.</summary>
    public TrainingStage Stage { get; internal init; }

    /// <summary>Epoch from 1, counted through all stages.</summary>
    public int Epoch { get; internal init; }

    /// <summary>Epochs of all stages together.</summary>
    public int Epochs { get; internal init; }

    /// <summary>Batches done in this epoch.</summary>
    public int Batch { get; internal init; }

    /// <summary>Batches of one epoch.</summary>
    public int Batches { get; internal init; }

    /// <summary>Mean cross-entropy over this epoch's images so far, in nats.</summary>
    public double Loss { get; internal init; }

    /// <summary>Share of this epoch's training images so far that were classified correctly while training on them, 0 to 1.</summary>
    public double Accuracy { get; internal init; }

    /// <summary>
    /// The same of each early exit's own answers, in the order of the blocks; empty for a network without exits. Where
    /// <see cref="ExitOptions.FreezeNetwork"/> lets the exits alone learn, these say how it goes, and <see cref="Accuracy"/>, the last
    /// head's, stays as it was.
    /// </summary>
    public IReadOnlyList<double> ExitAccuracies { get; internal init; } = [];

    /// <summary>
    /// Mean compute fraction of this epoch's training images so far: MACs spent ÷ MACs of the same network with every block run and
    /// no gates. 1 for a static network; slightly above 1 when all gates are open, because gates cost a little too.
    /// </summary>
    public double ComputeFraction { get; internal init; }

    /// <summary>Training images per second in this epoch so far.</summary>
    public double ImagesPerSecond { get; internal init; }

    /// <summary>Time since <c>Fit</c> was called.</summary>
    public TimeSpan Elapsed { get; internal init; }

    /// <summary>
    /// Time until all epochs are run, estimated from the steps so far; null in the first few. Early stopping may end it sooner.
    /// </summary>
    public TimeSpan? TimeLeft { get; internal init; }

    /// <summary>
    /// Largest memory of the process so far in bytes, which after a few steps is about what the whole training needs; null before that.
    /// Memory of a GPU is not in it.
    /// </summary>
    public long? PeakMemory { get; internal init; }

    /// <summary>Whether this is the report at the end of the epoch.</summary>
    public bool IsEpochEnd { get; internal init; }

    /// <summary>Mean cross-entropy on the validation data; null within an epoch and when there is no validation data.</summary>
    public double? ValidationLoss { get; internal init; }

    /// <summary>Accuracy on the validation data, 0 to 1; null within an epoch and when there is no validation data.</summary>
    public double? ValidationAccuracy { get; internal init; }

    /// <summary>
    /// Accuracy on the validation data if all images left at each early exit, in the order of the blocks; null within an epoch and when
    /// there is no validation data.
    /// </summary>
    public IReadOnlyList<double>? ValidationExitAccuracies { get; internal init; }

    /// <summary>Mean compute fraction on the validation data; null within an epoch and when there is no validation data.</summary>
    public double? ValidationComputeFraction { get; internal init; }
}
