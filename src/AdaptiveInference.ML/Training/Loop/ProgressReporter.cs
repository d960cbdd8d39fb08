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
    private readonly TimeLeft _left = new(epochs);
    private TimeSpan _last;
    private TimeSpan? _lastPreparation;
    private long? _peak;

    /// <summary>Before an epoch, while what does not learn is computed and heads are fitted: reports now and then.</summary>
    /// <param name="epoch">The epoch to come, from 1.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="steps">Steps of this part.</param>
    public void Prepare(int epoch, int step, int steps)
    {
        if (_lastPreparation is null)
        {
            channel.Info(MessageSensitivity.None, "Computing once for all images what does not learn.");
        }

        if (progress is null || (_lastPreparation is { } last && step < steps && _total.Elapsed - last < Interval))
        {
            return;
        }

        _lastPreparation = _total.Elapsed;
        progress.Report(Make(TrainingStage.Preparation, epoch, step, steps, new EpochTotals(), TimeSpan.Zero));
    }

    /// <summary>Before the first epoch: reports what fitted heads give.</summary>
    public void EndPreparation(int epoch, ValidationResult validation)
    {
        channel.Info(
            MessageSensitivity.None, "Before the first epoch: validation loss {0:F4}, accuracy {1:P2}{2}.", validation.Loss,
            validation.Accuracy, Exits(validation.AccuracyOfExits));
        progress?.Report(WithValidation(Make(TrainingStage.Preparation, epoch, 1, 1, new EpochTotals(), TimeSpan.Zero), validation));
    }

    public void StartEpoch()
    {
        _epoch.Restart();
        _last = TimeSpan.Zero;
        _lastPreparation = null;
    }

    /// <summary>Within an epoch: reports now and then.</summary>
    public void Step(TrainingStage stage, int epoch, int batch, int batches, EpochTotals totals)
    {
        var left = _left.After(epoch, batch, batches, _epoch.Elapsed);
        if (progress is null || (batch > 1 && _epoch.Elapsed - _last < Interval))
        {
            return;
        }

        _last = _epoch.Elapsed;
        progress.Report(Make(stage, epoch, batch, batches, totals, _epoch.Elapsed) with { TimeLeft = left, PeakMemory = Peak(left) });
    }

    /// <summary>Call when the last batch is done and before validation, whose time is not training time.</summary>
    public TimeSpan TrainingTime() => _epoch.Elapsed;

    public void EndEpoch(
        TrainingStage stage, int epoch, int batches, EpochTotals totals, TimeSpan trainingTime, ValidationResult? validation)
    {
        _left.Evaluated(_epoch.Elapsed - trainingTime);
        var left = _left.After(epoch, batches, batches, trainingTime);
        var report = WithValidation(Make(stage, epoch, batches, batches, totals, trainingTime), validation) with
        {
            IsEpochEnd = true, TimeLeft = left, PeakMemory = Peak(left),
        };
        channel.Info(MessageSensitivity.None, Line(report));
        progress?.Report(report);
    }

    private static TrainingProgress WithValidation(TrainingProgress report, ValidationResult? validation) => report with
    {
        ValidationLoss = validation?.Loss,
        ValidationAccuracy = validation?.Accuracy,
        ValidationExitAccuracies = validation?.AccuracyOfExits,
        ValidationComputeFraction = validation?.ComputeFraction,
    };

    private static string Line(TrainingProgress report)
    {
        var line = FormattableString.Invariant(
            $"{report.Stage} epoch {report.Epoch}/{report.Epochs}: loss {report.Loss:F4}, accuracy {report.Accuracy:P2}")
            + Exits(report.ExitAccuracies)
            + FormattableString.Invariant($", compute {report.ComputeFraction:P1}, {report.ImagesPerSecond:F0} images/s");
        return report.ValidationAccuracy is null
            ? line
            : line + FormattableString.Invariant(
                $"; validation loss {report.ValidationLoss:F4}, accuracy {report.ValidationAccuracy:P2}")
                + Exits(report.ValidationExitAccuracies!)
                + FormattableString.Invariant($", compute {report.ValidationComputeFraction:P1}");
    }

    private static string Exits(IReadOnlyList<double> accuracies)
        => accuracies.Count == 0
            ? ""
            : $" (exits {string.Join(", ", accuracies.Select(accuracy => FormattableString.Invariant($"{accuracy:P2}")))})";

    // Known once there is an estimate of the time; reports are rare enough to ask the system each time.
    private long? Peak(TimeSpan? left)
    {
        if (left is not null)
        {
            using var process = Process.GetCurrentProcess();
            _peak = process.PeakWorkingSet64;
        }

        return _peak;
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
            ExitAccuracies = mean.AccuracyOfExits,
            ComputeFraction = mean.ComputeFraction,
            ImagesPerSecond = totals.Images / Math.Max(1e-9, time.TotalSeconds),
            Elapsed = _total.Elapsed,
        };
    }
}
