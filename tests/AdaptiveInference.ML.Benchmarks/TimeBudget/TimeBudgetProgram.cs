using System.Diagnostics;
using System.Globalization;
using AdaptiveInference.ML.Benchmarks.FewImages;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.TimeBudget;

/// <summary>
/// <c>time-budget --data FOLDER</c>: exit heads on the pretrained network at 96 pixels, at budgets of time and of multiply–accumulates;
/// what a test image then takes on one core, all settings in turns, against what was asked for. The data set is that of <c>few-images</c>.
/// </summary>
internal static class TimeBudgetProgram
{
    private const int Repetitions = 5;

    private static readonly double[] Fractions = [0.35, 0.5, 0.65, 0.8];

    public static void Run(string[] arguments)
    {
        if (arguments is not ["--data", var folder])
        {
            throw new BenchmarkArgumentException("Usage: … time-budget --data FOLDER, with train/CLASS/NAME.png, val/… and test/….");
        }

        var (context, data) = (new MLContext(1), PhotoFolder.Read(folder));
        var backbone = context.Model.PretrainedResNet18(PhotoPipeline.Image).WithImageShape(new ImageShape(3, 96, 96));
        var network = context.MulticlassClassification.Trainers.ExitHeads(backbone)
            .Fit(PhotoPipeline.Labelled(context, data.Training));
        var calibration = PhotoPipeline.Labelled(context, data.Validation);
        var test = PhotoPipeline.Labelled(context, data.Test);
        var settings = new List<(string Name, GatedResNetTransformer Network)>
        {
            ("whole network", network.WithGateThreshold(0).WithExitConfidence(1)),
        };
        settings.AddRange(Fractions.Select(fraction
            => (Text($"{fraction:0.00} of the time"), network.WithTimeBudget(calibration, fraction))));
        settings.AddRange(Fractions.Select(fraction
            => (Text($"{fraction:0.00} of the MACs"), network.WithComputeBudget(calibration, fraction))));
        Parts(settings[1].Network);
        var pixels = ComputeBudgetImages.Read(network.Model, network.Plan, PhotoPipeline.Image, test).Some(int.MaxValue).ToArray();
        Settings(context, settings, pixels, test);
    }

    private static void Parts(GatedResNetTransformer network)
    {
        var full = network.FullMicroseconds!.Value;
        Console.WriteLine(Text($"\nMeasured on this machine, one core: {full / 1000:F2} ms for the whole network.\n"));
        Console.WriteLine("| part | share of the MACs | share of the time | µs |\n|---|---|---|---|");
        foreach (var block in network.Blocks)
        {
            var time = block.Microseconds!.Value;
            Console.WriteLine(
                Text($"| {block.Name} | {(double)block.Macs / network.FullMacs:P1} | {time / full:P1} | {time:F0} |"));
        }

        foreach (var exit in network.Exits)
        {
            Console.WriteLine(Text($"| exit after block {exit.AfterBlock + 1} | {(double)exit.Macs / network.FullMacs:P2} ")
                + Text($"| {exit.Microseconds / full:P2} | {exit.Microseconds:F1} |"));
        }
    }

    private static void Settings(
        MLContext context, List<(string Name, GatedResNetTransformer Network)> settings, float[][] pixels, IDataView test)
    {
        var plan = settings[0].Network.Plan;
        var (probabilities, trace) = (new float[plan.Blocks.Spec.Classes], new ExecutionTrace(plan.Blocks.Blocks.Count));
        var (best, random) = (settings.Select(_ => new double[pixels.Length]).ToArray(), new Random(3));
        var order = Enumerable.Range(0, settings.Count).ToArray();
        foreach (var times in best)
        {
            Array.Fill(times, double.PositiveInfinity);
        }

        // All settings in turns on each image, in another order every time. The shortest of some runs is what an image takes: anything
        // longer is what else the machine did.
        for (var run = 0; run < Repetitions * pixels.Length; run++)
        {
            random.Shuffle(order);
            foreach (var way in order)
            {
                var start = Stopwatch.GetTimestamp();
                plan.Run(pixels[run % pixels.Length], settings[way].Network.Model.Policy, probabilities, trace);
                ref var time = ref best[way][run % pixels.Length];
                time = Math.Min(time, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        Console.WriteLine($"\n{pixels.Length} test images, one core, the shortest of {Repetitions} runs of each; chosen on validation "
            + "images.\n");
        Console.WriteLine("| budget | measured time of the whole | ms an image | MACs | accuracy |\n|---|---|---|---|---|");
        foreach (var ((name, network), own) in settings.Zip(best))
        {
            var metrics = context.MulticlassClassification.EvaluateAdaptive(network.Transform(test));
            Console.WriteLine(
                Text($"| {name} | {own.Average() / best[0].Average():0.000} | {own.Average():0.00} | {metrics.MeanComputeFraction:0.000} ")
                + Text($"| {metrics.Classification.MicroAccuracy:P1} |"));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
