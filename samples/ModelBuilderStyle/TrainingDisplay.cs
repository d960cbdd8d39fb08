using System.Globalization;
using AdaptiveInference.ML;
using Spectre.Console;

namespace ModelBuilderStyle;

/// <summary>
/// Shows how training proceeds: one line per epoch, and below them a live bar where the console can draw one.
/// </summary>
public sealed class TrainingDisplay : IProgress<TrainingProgress>
{
    private readonly IAnsiConsole _console;
    private readonly ProgressTask? _bar;
    private TrainingStage? _stage;

    private TrainingDisplay(IAnsiConsole console, ProgressTask? bar)
    {
        _console = console;
        _bar = bar;
    }

    /// <summary>Runs a training and shows its progress.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="train">The training, which reports to what it is given.</param>
    public static T Run<T>(IAnsiConsole console, Func<IProgress<TrainingProgress>, T> train)
    {
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
        {
            return train(new TrainingDisplay(console, null));
        }

        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => train(new TrainingDisplay(console, context.AddTask("Reading the images"))));
    }

    /// <inheritdoc />
    public void Report(TrainingProgress value)
    {
        if (_bar is not null)
        {
            var isPreparing = value.Stage == TrainingStage.Preparation;
            _bar.MaxValue = isPreparing ? value.Batches : (double)value.Epochs * value.Batches;
            _bar.Value = isPreparing ? value.Batch : ((value.Epoch - 1.0) * value.Batches) + value.Batch;
            _bar.Description = isPreparing ? $"{value.Stage}" : string.Create(
                CultureInfo.InvariantCulture,
                $"{value.Stage}, loss {value.Loss:0.000}, {value.ImagesPerSecond:0} images/s{Left(value)}");
        }

        if (value.IsEpochEnd)
        {
            if (_stage != value.Stage)
            {
                _stage = value.Stage;
                _console.WriteLine($"{value.Stage} stage:");
            }

            _console.WriteLine(Line(value));
        }
    }

    private static string Left(TrainingProgress value)
        => value is { TimeLeft: { } left, PeakMemory: { } bytes }
            ? string.Create(CultureInfo.InvariantCulture, $", {left:h\\:mm\\:ss} left, {bytes >> 20} MiB")
            : "";

    // The exits first, as an image meets them.
    private static string Exits(TrainingProgress value)
    {
        var exits = value.ValidationExitAccuracies ?? value.ExitAccuracies;
        return string.Concat(exits.Select(accuracy => string.Create(CultureInfo.InvariantCulture, $"{accuracy:0.000} → ")));
    }

    // Of the validation images, where there are any.
    private static string Line(TrainingProgress value) => string.Create(
        CultureInfo.InvariantCulture,
        $"  epoch {value.Epoch,2}/{value.Epochs}  loss {value.ValidationLoss ?? value.Loss:0.000}  "
        + $"accuracy {Exits(value)}{value.ValidationAccuracy ?? value.Accuracy:0.000}  "
        + $"compute {value.ValidationComputeFraction ?? value.ComputeFraction:0.00}  "
        + $"{value.ImagesPerSecond,5:0} images/s  {value.Elapsed.TotalSeconds,4:0} s");
}
