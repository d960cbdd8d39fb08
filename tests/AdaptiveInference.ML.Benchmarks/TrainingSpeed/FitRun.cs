using System.Diagnostics;
using System.Text.Json;
using AdaptiveInference.ML.Benchmarks.Evidence;
using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using TorchSharp;

namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>This library's side: one <c>Fit</c> in a process of its own, whose peak memory is then that of the fit.</summary>
internal static class FitRun
{
    public const string Argument = "--fit";
    public const int BatchSize = 128;

    private const int WarmUpImages = 600;

    /// <param name="settings">What to train on.</param>
    /// <param name="mixedPrecision">Whether in bfloat16; null as Fit decides by itself.</param>
    /// <param name="spins">
    /// Whether OpenMP's threads spin while they wait for each other, as in PyTorch's process, or sleep as Fit lets them.
    /// </param>
    public static SpeedResult InChild(SpeedSettings settings, bool? mixedPrecision, bool spins)
    {
        var environment = new Dictionary<string, string>();
        if (spins)
        {
            environment.Add("OMP_WAIT_POLICY", "active");
        }

        var output = ChildProcess.Run(
            environment, "training-speed", Argument, JsonSerializer.Serialize(settings), JsonSerializer.Serialize(mixedPrecision));
        return SpeedResult.Last(output) ?? throw new InvalidOperationException("The child process that trains gave no result.");
    }

    /// <summary>The child: prints its result as JSON.</summary>
    public static void Run(string[] arguments)
    {
        var settings = JsonSerializer.Deserialize<SpeedSettings>(arguments[0])!;
        LibTorchRuntime.Start();
        torch.set_num_threads(settings.Threads);
        var context = new MLContext(1);
        var progress = new Last();
        var (images, warmUp, options) = settings.Side == 0 ? SmallNetwork(context, settings) : PhotoFit.Of(context, settings);
        options = options with { Epochs = settings.Epochs, MixedPrecision = JsonSerializer.Deserialize<bool?>(arguments[1]) };
        options = options with { Progress = progress };
        var trainers = context.MulticlassClassification.Trainers;
        trainers.ResNet(options with { Epochs = 1 }).Fit(warmUp).Dispose();

        // A model that nobody has any more is no part of what a fit needs.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        PeakMemory.Restart();
        var start = Stopwatch.GetTimestamp();
        trainers.ResNet(options).Fit(images);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var count = settings.Epochs * (long)Math.Round(Rows(images) * (1 - options.ValidationFraction));
        Console.WriteLine(JsonSerializer.Serialize(new SpeedResult(
            count / seconds, PeakMemory.MiB, progress.Accuracy, "libtorch " + torch.__version__)));
    }

    /// <summary>What a training reads, and how it trains.</summary>
    /// <param name="context">Of the data.</param>
    /// <param name="settings">What to train on.</param>
    /// <param name="most">Images, null for all.</param>
    public static (IDataView Images, ResNetTrainer.Options Options) Data(MLContext context, SpeedSettings settings, int? most)
    {
        var (images, _, options) = settings.Side == 0 ? SmallNetwork(context, settings) : PhotoFit.Of(context, settings);
        return (most is { } rows ? context.Data.TakeRows(images, rows) : images, options);
    }

    // A view does not always know its length.
    private static long Rows(IDataView images)
    {
        using var cursor = images.GetRowCursor([]);
        var count = 0L;
        while (cursor.MoveNext())
        {
            count++;
        }

        return count;
    }

    private static (IDataView Images, IDataView WarmUp, ResNetTrainer.Options Options) SmallNetwork(
        MLContext context, SpeedSettings settings)
    {
        var images = IdxData.Read(settings.Data).AllTraining(context);
        return (images, context.Data.TakeRows(images, WarmUpImages), new ResNetTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(20), BatchSize = settings.BatchSize, Augmentation = ImageAugmentation.Flip,
        });
    }

    private sealed class Last : IProgress<TrainingProgress>
    {
        public double Accuracy { get; private set; }

        public void Report(TrainingProgress value) => Accuracy = value.ValidationAccuracy ?? Accuracy;
    }
}
