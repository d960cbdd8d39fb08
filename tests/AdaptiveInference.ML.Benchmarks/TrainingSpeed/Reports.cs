namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>Hands on what a training reports, on the thread that reports it: <see cref="Progress{T}"/> would do so later.</summary>
internal sealed class Reports(Action<TrainingProgress> read) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => read(value);
}
