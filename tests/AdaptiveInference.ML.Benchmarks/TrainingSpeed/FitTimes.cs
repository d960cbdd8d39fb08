using System.Diagnostics;
using System.Globalization;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training.Loop;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>Where the time of a whole <c>Fit</c> of one epoch goes, in milliseconds of the clock.</summary>
internal sealed record FitTimes
{
    public const string Header =
        "| pixels | precision | whole Fit, ms | before the first step | of it: images read | of it: network made | first step "
        + "| all steps | validation | after the last epoch | peak MiB |";

    public double Whole { get; init; }

    /// <summary>From the call until the first step begins.</summary>
    public double Before { get; init; }

    /// <summary>A part of <see cref="Before"/>, done once by itself: to read, resize and pack the images, and their statistics.</summary>
    public double Read { get; init; }

    /// <summary>A part of <see cref="Before"/>, done once by itself: the network with its first weights.</summary>
    public double Network { get; init; }

    public double FirstStep { get; init; }

    /// <summary>All steps of the epoch, the first among them.</summary>
    public double Steps { get; init; }

    /// <summary>Validation, and the copy of the weights that are the best so far.</summary>
    public double Validation { get; init; }

    /// <summary>From the end of the epoch until the model is there.</summary>
    public double After { get; init; }

    /// <summary>The most memory that the process held during it.</summary>
    public double PeakMiB { get; init; }

    /// <summary>Fits once for what a process does once (code is compiled, libtorch makes its threads), and then once more.</summary>
    public static FitTimes Of(IDataView images, ResNetTrainer.Options options)
    {
        Fit(images, options);
        var clock = Stopwatch.StartNew();
        using var data = FitData.Read(images, options, Path.GetTempPath(), 1, () => { });
        var read = clock.Elapsed.TotalMilliseconds;
        clock.Restart();
        new GatedResNetModule(data.Plan, 1).Dispose();
        var network = clock.Elapsed.TotalMilliseconds;
        var trained = data.TrainingImages.Length;
        data.Dispose();

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        PeakMemory.Restart();
        var reports = new List<(double At, TrainingProgress Report)>();
        clock.Restart();
        Fit(images, options with { Progress = new Reports(report => reports.Add((clock.Elapsed.TotalMilliseconds, report))) });
        var whole = clock.Elapsed.TotalMilliseconds;
        var ((firstAt, first), (endAt, end)) = (reports[0], reports[^1]);
        var firstStep = trained / (double)first.Batches / first.ImagesPerSecond * 1000;
        var steps = trained / end.ImagesPerSecond * 1000;
        return new FitTimes
        {
            Whole = whole,
            Before = firstAt - firstStep,
            Read = read,
            Network = network,
            FirstStep = firstStep,
            Steps = steps,
            Validation = endAt - (firstAt - firstStep) - steps,
            After = whole - endAt,
            PeakMiB = PeakMemory.MiB,
        };
    }

    public string Row(int pixels, string precision) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {pixels} | {precision} | {Whole:F0} | {Before:F0} | {Read:F0} | {Network:F0} | {FirstStep:F0} | {Steps:F0} | {Validation:F0} "
        + $"| {After:F0} | {PeakMiB:F0} |");

    private static void Fit(IDataView images, ResNetTrainer.Options options)
        => new MLContext(1).MulticlassClassification.Trainers.ResNet(options).Fit(images).Dispose();
}
