using System.Globalization;
using AdaptiveInference.ML.Benchmarks.Models;
using AdaptiveInference.ML.Transforms.Scoring;

namespace AdaptiveInference.ML.Benchmarks.Scoring;

/// <summary>What one <c>PredictionEngine.Predict</c> costs over the executor, in time and in managed memory.</summary>
internal static class PredictionEngineBenchmark
{
    private const int Calls = 100_000;

    public static void Run(int depth, int rounds)
    {
        using var subject = new ScoringSubject(depth, 2_000);
        using var engine = subject.Context.Model.CreatePredictionEngine<ImageRow, ScoredImageRow>(
            subject.Transformer, inputSchemaDefinition: ImageRow.Schema(subject.Shape));
        var result = new ScoreResult(10, subject.Transformer.Blocks.Count);
        var row = new ImageRow();
        var scored = new ScoredImageRow();

        // Neighbouring calls score the same image, so that both ways run the same blocks.
        var times = PairedTiming.Run(rounds, 20, call => Execute(call % 20), call => Predict(call % 20));
        var difference = times[1].Zip(times[0], (engineTime, executorTime) => engineTime - executorTime).ToArray();
        for (var call = 0; call < 2_000; call++)
        {
            Predict(call);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var call = 0; call < Calls; call++)
        {
            Predict(call);
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Console.WriteLine($"\n`PredictionEngine.Predict`, SkipNet Recurrent, ResNet-{depth} (CIFAR), 1×28×28\n");
        Console.WriteLine("| | measured | must |");
        Console.WriteLine("|---|---|---|");
        Line("executor, median µs", PairedTiming.Quantile(times[0], 0.5), "F1", "");
        Line("`Predict`, median µs", PairedTiming.Quantile(times[1], 0.5), "F1", "");
        Line("difference, median µs", PairedTiming.Quantile(difference, 0.5), "F2", "< 20");
        Line($"bytes allocated by {Calls} calls into the caller's own objects", allocated, "F0", "0");

        void Execute(int image) => RowScorer.Run(subject.Transformer.Plan, subject.Policy, subject.Images[image], result);

        void Predict(int image)
        {
            row.Features = subject.Images[image % subject.Images.Count];
            engine.Predict(row, ref scored);
        }
    }

    private static void Line(string name, double value, string format, string must)
        => Console.WriteLine($"| {name} | {value.ToString(format, CultureInfo.InvariantCulture)} | {must} |");
}
