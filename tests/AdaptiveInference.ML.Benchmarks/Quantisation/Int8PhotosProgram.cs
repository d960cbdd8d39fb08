using AdaptiveInference.ML.Benchmarks.FewImages;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.Quantisation;

/// <summary>
/// <c>int8-photos FOLDER [SIDE]</c>: the pretrained network with exit heads on a folder of photos, in 32 bits and in 8: accuracy, compute,
/// answers that stayed the same, and the time of an image in the network, in turns, with ONNX Runtime's of the same network without
/// exits, in 8 bits.
/// </summary>
internal static class Int8PhotosProgram
{
    private const int TimedImages = 64;

    public static void Run(string[] args)
    {
        if (args.Length == 0)
        {
            throw new BenchmarkArgumentException("int8-photos needs a folder of photos.");
        }

        var (photos, context) = (PhotoFolder.Read(args[0]), new MLContext(1));
        var side = args.Length > 1 ? int.Parse(args[1]) : 224;
        var network = ExitHeadsWay.Fit(context, photos.Labelled, side, new ExitHeadsTrainer.Options
        {
            ValidationGroupColumnName = nameof(Photo.Group), Seed = 1,
        });
        var rows = context.Data.TakeRows(PhotoPipeline.Labelled(context, photos.Labelled), 500);
        var eight = network.WithInt8(rows);
        Console.WriteLine(eight);
        using var rival = new QuantisedSession(network.Model);
        Console.WriteLine("\n| setting | accuracy, 32 bits | 8 bits | same answers | compute | 8 bits | times as fast in 8 bits "
            + "| × ONNX Runtime in 8 bits, dense |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        var toTheEnd = network.Model.Policy with { ExitConfidence = [.. network.Exits.Select(_ => 1f)] };
        Compare("every image to the end", network.With(toTheEnd), eight.With(toTheEnd));
        Compare("as trained", network, eight);
        foreach (var budget in (double[])[0.7, 0.5])
        {
            var floats = network.WithComputeBudget(rows, budget);
            Compare($"budget {budget}, the same thresholds", floats, eight.With(floats.Model.Policy));
            Compare($"budget {budget}, chosen again", floats, eight.WithComputeBudget(rows, budget));
        }

        void Compare(string setting, GatedResNetTransformer before, GatedResNetTransformer after)
        {
            var (first, second) = (Test(before), Test(after));
            var same = first.Zip(second).Average(pair => pair.First.Label == pair.Second.Label ? 100.0 : 0);
            var images = ComputeBudgetImages.Read(
                before.Model, before.Plan, before.Columns.Features, PhotoPipeline.Labelled(context, photos.Test)).Some(TimedImages);
            var times = PairedTiming.Run(9, TimedImages, [Way(before), Way(after), call => rival.Run(images[call % images.Count])]);
            var ratio = PairedTiming.Quantile(times[0].Zip(times[1], (own, other) => own / other), 0.5);
            var rivals = PairedTiming.Quantile(times[2].Zip(times[1], (own, other) => own / other), 0.5);
            Console.WriteLine(
                $"| {setting} | {Accuracy(first):F1} % | {Accuracy(second):F1} % | {same:F1} % "
                + $"| {first.Average(a => a.ComputeFraction):P1} | {second.Average(a => a.ComputeFraction):P1} | {ratio:F2} "
                + $"| {rivals:F2} |");

            Action<int> Way(GatedResNetTransformer model)
            {
                var (trace, probabilities) = (new ExecutionTrace(model.Blocks.Count), new float[model.ClassNames.Count]);
                return call => model.Plan.Run(images[call % images.Count], model.Model.Policy, probabilities, trace);
            }
        }

        List<(string Label, float ComputeFraction)> Test(GatedResNetTransformer model)
            => PhotoTest.Answers(PhotoPipeline.Around(context, model).Transform(context.Data.LoadFromEnumerable(photos.Test)));

        double Accuracy(List<(string Label, float ComputeFraction)> answers)
            => answers.Zip(photos.Test).Average(pair => pair.First.Label == pair.Second.Label ? 100.0 : 0);
    }
}
