using System.Globalization;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Promises;

namespace AdaptiveInference.ML.Benchmarks.Promises;

/// <summary>
/// Whether a temperature for each head pays: fitted on calibration rows by log-loss (Guo et al., ICML 2017) to the very scores that are
/// compared with thresholds, so that of averaged heads it is each mean that has one. Dial, guarantee and refusal with and without.
/// </summary>
internal static class TemperatureProgram
{
    private const string Help = """
        Splits the scored test images again and again into calibration and test rows; measures with and without a temperature per head.

        Usage: … temperatures --data FOLDER [--model FILE] [--splits N]

          --data FOLDER   as for promises
          --model FILE    as for promises
          --splits N      splits in halves (default 40)
        """;

    private static readonly double[] Budgets = [0.15, 0.2, 0.3, 0.5, 0.7];
    private static readonly double[] Promised = [0.005, 0.01, 0.02, 0.05];

    public static void Run(string[] arguments)
    {
        var options = arguments.Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        if (arguments.Length % 2 > 0 || !options.ContainsKey("--data"))
        {
            throw new BenchmarkArgumentException(Help);
        }

        var (model, images, labels) = PromisesProgram.Read(options["--data"], options.GetValueOrDefault("--model"));
        var splits = int.Parse(options.GetValueOrDefault("--splits", "40"), CultureInfo.InvariantCulture);
        var heads = TemperedHeads.Of(model, images, labels);
        var asSet = heads.At([.. Enumerable.Repeat(1.0, model.Exits.Count + 1)]);
        float[] thresholds = [.. model.ExitConfidences];
        int[] places = [.. Enumerable.Range(0, labels.Length).Select(row => asSet.Left(row, thresholds))];
        var differences = new SortedDictionary<string, List<(double Plain, double Tempered)>>(StringComparer.Ordinal);
        var found = new List<double[]>();
        for (var split = 0; split < splits; split++)
        {
            int[] order = [.. Enumerable.Range(0, labels.Length)];
            new Random(split + 1).Shuffle(order);
            int[] calibration = order[..(labels.Length / 2)], test = order[(labels.Length / 2)..];
            var temperatures = heads.Temperatures(calibration);
            found.Add(temperatures);
            var (plain, tempered) = (heads.At([.. temperatures.Select(_ => 1.0)]), heads.At(temperatures));
            foreach (var (name, of) in Measures(model, places, calibration, test))
            {
                if (of(plain) is { } one && of(tempered) is { } other)
                {
                    (differences.TryGetValue(name, out var list) ? list : differences[name] = []).Add((one, other));
                }
            }
        }

        Console.WriteLine(
            $"{labels.Length} images, {splits} splits; mean temperatures "
            + string.Join(", ", Enumerable.Range(0, found[0].Length).Select(
                head => found.Average(all => all[head]).ToString("0.00", CultureInfo.InvariantCulture))) + ".\n");
        Console.WriteLine("| Measured on the other half | Without | With | Difference, mean ± 2 standard deviations of splits | Splits |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (name, pairs) in differences)
        {
            var mean = pairs.Average(pair => pair.Tempered - pair.Plain);
            var deviation = Math.Sqrt(pairs.Average(pair => Math.Pow(pair.Tempered - pair.Plain - mean, 2)));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {pairs.Average(pair => pair.Plain) * 100:0.00} % | {pairs.Average(pair => pair.Tempered) * 100:0.00} % | "
                + $"{Math.Round(mean * 100, 2) + 0.0:+0.00;-0.00;0.00} ± {2 * deviation * 100:0.00} | {pairs.Count} |"));
        }
    }

    private static IEnumerable<(string Name, Func<HeadScores, double?> Of)> Measures(
        GatedResNetTransformer model, int[] places, int[] calibration, int[] test)
    {
        foreach (var budget in Budgets)
        {
            yield return ($"dial: accuracy at {budget:0.00} of the compute", scores => scores.Dial(model, calibration, test, budget));
        }

        var choosing = calibration.Length / CalibrationSplit.Groups;
        foreach (var promise in Promised)
        {
            yield return (
                $"guarantee: compute at a certified drop of {promise * 100:0.0} points",
                scores => scores.Guarantee(calibration[..choosing], calibration[choosing..], test, promise));
            yield return (
                $"refusal: accepted at a certified risk of {promise * 100:0.0} %",
                scores => scores.Refusal(places, calibration[..choosing], calibration[choosing..], test, promise));
        }
    }
}
