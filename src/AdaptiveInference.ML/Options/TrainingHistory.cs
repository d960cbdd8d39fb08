namespace AdaptiveInference.ML;

/// <summary>
/// Keeps what a <c>Fit</c> reports at the end of every epoch, for the training curves of an <see cref="AdaptiveReport"/>. Give it to
/// <see cref="GatedResNetTrainerOptions.Progress"/>.
/// </summary>
/// <example>
/// <code>
/// var history = new TrainingHistory();
/// var trainer = mlContext.MulticlassClassification.Trainers.SkipNet(new SkipNetTrainer.Options { Progress = history });
/// </code>
/// </example>
/// <param name="next">Receives every report as well, such as a live display; null for none.</param>
public sealed class TrainingHistory(IProgress<TrainingProgress>? next = null) : IProgress<TrainingProgress>
{
    private readonly List<TrainingProgress> _epochs = [];

    /// <summary>One report per finished epoch, in order. A second <c>Fit</c> adds to the first one's.</summary>
    public IReadOnlyList<TrainingProgress> Epochs => _epochs;

    /// <inheritdoc />
    public void Report(TrainingProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.IsEpochEnd)
        {
            _epochs.Add(value);
        }

        next?.Report(value);
    }
}
