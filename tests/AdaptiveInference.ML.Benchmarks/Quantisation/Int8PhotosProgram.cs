using AdaptiveInference.ML.Benchmarks.FewImages;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.Quantisation;

/// <summary>
/// <c>int8-photos FOLDER [SIDE] [--no-folds]</c>: the pretrained network with exit heads on a folder of photos, in 32 bits and in 8:
/// accuracy, compute, answers and exits that stayed the same, and the time of an image in the network, in turns, with ONNX Runtime's of the
/// same network without exits, in 8 bits. And the budget at which it is as accurate as the static network, by folds of the labelled images,
/// which is most of the work and needs no quiet machine.
/// </summary>
internal static class Int8PhotosProgram
{
    private const int TimedImages = 64;
    private const int Rounds = 7;

    private static readonly double[] Budgets = [0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7];

    public static void Run(string[] args)
    {
        if (args.Length == 0)
        {
            throw new BenchmarkArgumentException("int8-photos needs a folder of photos.");
        }

        var (photos, context) = (PhotoFolder.Read(args[0]), new MLContext(1));
        var folds = !args.Contains("--no-folds");
        var side = args.Length > 1 && args[1] != "--no-folds" ? int.Parse(args[1]) : 224;
        var fits = new StaticPhotos(context, photos, side);
        var network = fits.Fit(photos.Training);
        var eight = fits.InBytes(network, photos.Training);
        var eightFirst = fits.Fit(photos.Training, inBytes: true);
        Console.WriteLine(eight);
        Console.WriteLine(eightFirst);
        using var rival = new QuantisedSession(network.Model);
        var images = ComputeBudgetImages.Read(
            network.Model, network.Plan, network.Columns.Features, PhotoPipeline.Labelled(context, photos.Test));

        // Of images that the heads learnt from they are too certain.
        var dial = PhotoPipeline.Labelled(context, photos.Validation);
        var (inFloats, inBytes) = (network.WithComputeBudgets(dial), eight.WithComputeBudgets(dial));
        var marks = folds ? fits.Marks(Budgets) : [[], []];
        Console.WriteLine("\n| setting | accuracy, 32 bits | 8 bits | same answers | same exits | compute | 8 bits | ms | times as fast in "
            + "8 bits | × ONNX Runtime in 8 bits, dense |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        var toTheEnd = network.Model.Policy with { ExitConfidence = [.. network.Exits.Select(_ => 1f)] };
        Compare("every image to the end", network.With(toTheEnd), eight.With(toTheEnd));
        Compare("as trained", network, eight);
        foreach (var budget in Budgets)
        {
            Compare($"budget {budget}{marks[0].GetValueOrDefault(budget)}", inFloats(budget), inBytes(budget));
        }

        // Other heads, of which none are the same.
        var inBytesFirst = eightFirst.WithComputeBudgets(dial);
        Compare("heads fitted in 8 bits, every image to the end", network.With(toTheEnd), eightFirst.With(toTheEnd));
        Compare("… as trained", network, eightFirst);
        foreach (var budget in Budgets)
        {
            Compare($"… budget {budget}{marks[1].GetValueOrDefault(budget)}", inFloats(budget), inBytesFirst(budget));
        }

        Console.WriteLine();
        Machines("fitted in 32 bits", eight.Model);
        Machines("fitted in 8 bits", eightFirst.Model);

        void Compare(string setting, GatedResNetTransformer before, GatedResNetTransformer after)
        {
            var (first, second) = (fits.Answers(before, photos.Test), fits.Answers(after, photos.Test));
            var same = first.Zip(second).Average(pair => pair.First.Label == pair.Second.Label ? 100.0 : 0);
            var exits = Exits(before).Zip(Exits(after.With(before.Model.Policy))).Average(pair => pair.First == pair.Second ? 100.0 : 0);
            var timed = images.Some(TimedImages);
            var times = PairedTiming.Run(Rounds, TimedImages, [Way(before), Way(after), call => rival.Run(timed[call % timed.Count])]);
            var ratio = PairedTiming.Quantile(times[0].Zip(times[1], (own, other) => own / other), 0.5);
            var rivals = PairedTiming.Quantile(times[2].Zip(times[1], (own, other) => own / other), 0.5);
            Console.WriteLine(
                $"| {setting} | {StaticPhotos.Accuracy(first, photos.Test):F1} % | {StaticPhotos.Accuracy(second, photos.Test):F1} % "
                + $"| {same:F1} % | {exits:F1} % | {first.Average(a => a.ComputeFraction):P1} "
                + $"| {second.Average(a => a.ComputeFraction):P1} | {PairedTiming.Quantile(times[1], 0.5) / 1000:F2} | {ratio:F2} "
                + $"| {rivals:F2} |");

            Action<int> Way(GatedResNetTransformer model)
            {
                var (trace, probabilities) = (new ExecutionTrace(model.Blocks.Count), new float[model.ClassNames.Count]);
                return call => model.Plan.Run(timed[call % timed.Count], model.Model.Policy, probabilities, trace);
            }
        }

        int[] Exits(GatedResNetTransformer model) => Array.ConvertAll(Ways(model.Plan, model.Model.Policy), way => way.Exit);

        (int Class, int Exit)[] Ways(InferencePlan plan, ScoringPolicy policy)
        {
            var ways = new (int Class, int Exit)[images.Count];
            images.Through(plan).Run(
                policy, (image, answer, trace) => ways[image] = (Array.IndexOf(answer, answer.Max()), trace.ExitTaken));
            return ways;
        }

        // As on other machines.
        void Machines(string heads, GatedResNetModel model)
        {
            var own = Ways(InferencePlan.Compile(model), model.Policy);
            foreach (var width in VectorWidthChoice.Available)
            {
                foreach (var use in (EightBitUse[])[EightBitUse.WhereFaster, EightBitUse.Never])
                {
                    var plan = InferencePlan.Compile(model.Blocks, model.Weights, model.Channels, width, int8: model.Int8, use: use);
                    var pairs = own.Zip(Ways(plan, model.Policy)).ToList();
                    Console.WriteLine(
                        $"Heads {heads}, {width}, {plan.ConvolutionsInBytes} convolutions in bytes: of {pairs.Count} images "
                        + $"{pairs.Count(pair => pair.First.Class == pair.Second.Class)} have the same class and "
                        + $"{pairs.Count(pair => pair.First.Exit == pair.Second.Exit)} the same exit as here");
                }
            }
        }
    }
}
