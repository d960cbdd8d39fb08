using System.Diagnostics;
using AdaptiveInference.ML.Training.Recipes;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>Tells the user's <see cref="IProgress{T}"/> and ML.NET's log how training proceeds.</summary>
internal sealed class ProgressReporter(IProgress<TrainingProgress>? progress, IChannel channel, int epochs)
{
    // Often enough for a live display, rarely enough to cost nothing.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Stopwatch _total = Stopwatch.StartNew();
    private readonly Stopwatch _epoch = new();
    private TimeSpan _last;

    public void StartEpoch()
    {
        _epoch.Restart();
        _last = TimeSpan.Zero;
    }

    /// <summary>Within an epoch: reports now and then.</summary>
    public void Step(TrainingStage stage, int epoch, int batch, int batches, EpochTotals totals)
    {
        if (progress is null || (batch > 1 && _epoch.Elapsed - _last < Interval))
        {
            return;
        }

        _last = _epoch.Elapsed;
        progress.Report(Make(stage, epoch, batch, batches, totals, _epoch.Elapsed));
    }

    /// <summary>Call when the last batch is done and before validation, whose time is not training time.</summary>
    public TimeSpan TrainingTime() => _epoch.Elapsed;

    public void EndEpoch(TrainingStage stage, int epoch, int batches, EpochTotals totals, TimeSpan trainingTime, Evaluation? validation)
    {
        var report = Make(stage, epoch, batches, batches, totals, trainingTime) with
        {
            IsEpochEnd = true,
            ValidationLoss = validation?.Loss,
            ValidationAccuracy = validation?.Accuracy,
            ValidationComputeFraction = validation?.ComputeFraction,
        };
        channel.Info(MessageSensitivity.None, Line(report));
        progress?.Report(report);
    }

    private static string Line(TrainingProgress report)
    {
        var line = FormattableString.Invariant(
            $"{report.Stage} epoch {report.Epoch}/{report.Epochs}: loss {report.Loss:F4}, accuracy {report.Accuracy:P2}, ")
            + FormattableString.Invariant($"compute {report.ComputeFraction:P1}, {report.ImagesPerSecond:F0} images/s");
        return report.ValidationAccuracy is null
            ? line
            : line + FormattableString.Invariant(
                $"; validation loss {report.ValidationLoss:F4}, accuracy {report.ValidationAccuracy:P2}, ")
                + FormattableString.Invariant($"compute {report.ValidationComputeFraction:P1}");
    }

    private TrainingProgress Make(TrainingStage stage, int epoch, int batch, int batches, EpochTotals totals, TimeSpan time)
    {
        var mean = totals.Mean;
        return new TrainingProgress
        {
            Stage = stage,
            Epoch = epoch,
            Epochs = epochs,
            Batch = batch,
            Batches = batches,
            Loss = mean.Loss,
            Accuracy = mean.Accuracy,
            ComputeFraction = mean.ComputeFraction,
            ImagesPerSecond = totals.Images / Math.Max(1e-9, time.TotalSeconds),
            Elapsed = _total.Elapsed,
        };
    }
}
