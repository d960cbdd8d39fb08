using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Benchmarks.Executor;

/// <summary>
/// One image at a time: the plan with all, half and a quarter of its gated blocks open against ONNX Runtime running the dense network.
/// </summary>
internal static class ExecutorBenchmark
{
    private static readonly double[] Rates = [1, 0.75, 0.5, 0.25];

    public static void Run(NetworkSpec spec, VectorWidth width, int cores)
    {
        using var subject = new Subject(spec, width, cores);

        // Several calls per slice even where one is long: single ones would compare images that drew many blocks with images that drew few.
        var (rounds, calls) = subject.FullMacs switch
        {
            > 1_000_000_000 => (15, 12),
            > 200_000_000 => (80, 12),
            _ => (400, 16),
        };
        var patterns = Rates.Select(rate => Enumerable.Range(0, 256).Select(_ => subject.Pattern(rate)).ToArray()).ToArray();
        var macs = new double[2 * Rates.Length];
        var images = new long[2 * Rates.Length];
        var ways = Enumerable.Range(0, 2 * Rates.Length).Select(way => (Action<int>)(call =>
        {
            var pattern = patterns[way % Rates.Length][call % 256];
            macs[way] += way < Rates.Length ? subject.Plan(call, pattern) : subject.EightBits(call, pattern);
            images[way]++;
        }));
        var times = PairedTiming.Run(rounds, calls, [subject.Dense, .. ways, subject.DenseQuantised]);

        var title = spec.Network == NetworkKind.SkipNet ? $"SkipNet {spec.Gate}" : spec.Network.ToString();
        Console.WriteLine($"\n{title}, {spec.Architecture}, {spec.Image}, {(int)width * 32}-bit vectors, cores: {cores}");
        Console.WriteLine($"Largest difference from ONNX Runtime: {subject.Disagreement():E1}; {subject.EightBitConvolutions}\n");
        Console.WriteLine(
            "| | median µs | best 5 % µs | × faster than dense (median of rounds; best 5 %) | MACs | time saved per MAC saved (medians) |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var (dense, shares) = (times[0], subject.HasExit ? "images to the end" : "gated blocks");
        Row("ONNX Runtime, dense", dense, dense, 1, "");
        Row("ONNX Runtime in 8 bits (QDQ), dense", times[^1], dense, 1, "");
        for (var way = 0; way < 2 * Rates.Length; way++)
        {
            var whole = way / Rates.Length * Rates.Length;
            var (mine, open) = (times[way + 1], times[whole + 1]);
            var share = macs[way] / images[way] / (macs[whole] / images[whole]);
            var saved = (1 - (PairedTiming.Quantile(mine, 0.5) / PairedTiming.Quantile(open, 0.5))) / (1 - share);
            var full = macs[way] / images[way] / subject.FullMacs;
            var name = way < Rates.Length ? "plan" : "plan in 8 bits";
            Row($"{name}, {Rates[way - whole]:P0} of {shares}", mine, dense, full, way == whole ? "" : $"{saved:F2}");
        }
    }

    private static void Row(string name, double[] times, double[] dense, double macs, string saved)
    {
        var ratio = PairedTiming.Quantile(times.Zip(dense, (mine, peer) => peer / mine), 0.5);
        double best = PairedTiming.Quantile(times, 0.05), bestDense = PairedTiming.Quantile(dense, 0.05);
        Console.WriteLine(
            $"| {name} | {PairedTiming.Quantile(times, 0.5):F0} | {best:F0} | {ratio:F2}; {bestDense / best:F2} | {macs:P0} | {saved} |");
    }
}
