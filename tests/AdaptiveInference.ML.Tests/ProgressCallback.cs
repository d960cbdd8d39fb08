namespace AdaptiveInference.ML.Tests;

/// <summary>Hands reports on at once, on the thread that trains.</summary>
internal sealed class ProgressCallback(Action<TrainingProgress> action) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => action(value);
}
