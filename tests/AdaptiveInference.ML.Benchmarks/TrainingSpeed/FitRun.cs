using System.Diagnostics;
using System.Globalization;
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
    /// <param name="mixedPrecision">Whether in bfloat16.</param>
    /// <param name="spins">
    /// Whether OpenMP's threads spin while they wait for each other, as in PyTorch's process, or sleep as Fit lets them.
    /// </param>
    public static SpeedResult InChild(SpeedSettings settings, bool mixedPrecision, bool spins)
    {
        var environment = new Dictionary<string, string>();
        if (spins)
        {
            environment.Add("OMP_WAIT_POLICY", "active");
        }

        var output = ChildProcess.Run(
            environment,
            "training-speed",
            Argument,
            settings.Data,
            settings.Epochs.ToString(CultureInfo.InvariantCulture),
            settings.Threads.ToString(CultureInfo.InvariantCulture),
            mixedPrecision.ToString());
        return SpeedResult.Last(output) ?? throw new InvalidOperationException("The child process that trains gave no result.");
    }

    /// <summary>The child: prints its result as JSON.</summary>
    public static void Run(string[] arguments)
    {
        var (data, epochs, threads, mixed) = (
            IdxData.Read(arguments[0]), int.Parse(arguments[1], CultureInfo.InvariantCulture),
            int.Parse(arguments[2], CultureInfo.InvariantCulture), bool.Parse(arguments[3]));
        LibTorchRuntime.Start();
        torch.set_num_threads(threads);
        var context = new MLContext(1);
        var progress = new Last();
        var options = new ResNetTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(20), BatchSize = BatchSize, Epochs = epochs, MixedPrecision = mixed,
            Progress = progress,
            Augmentation = ImageAugmentation.Flip,
        };
        context.MulticlassClassification.Trainers.ResNet(options with { Epochs = 1 })
            .Fit(context.Data.TakeRows(data.AllTraining(context), WarmUpImages));
        var start = Stopwatch.GetTimestamp();
        context.MulticlassClassification.Trainers.ResNet(options).Fit(data.AllTraining(context));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var process = Process.GetCurrentProcess();
        process.Refresh();
        var images = epochs * (long)Math.Round(data.TrainingImages * (1 - options.ValidationFraction));
        Console.WriteLine(JsonSerializer.Serialize(new SpeedResult(
            images / seconds, process.PeakWorkingSet64 / 1048576.0, progress.Accuracy, "libtorch " + torch.__version__)));
    }

    private sealed class Last : IProgress<TrainingProgress>
    {
        public double Accuracy { get; private set; }

        public void Report(TrainingProgress value) => Accuracy = value.ValidationAccuracy ?? Accuracy;
    }
}
