using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.Scoring;

/// <summary><c>Transform</c> of many rows on one core and on two, against the bare executor and against <c>ApplyOnnxModel</c>.</summary>
internal static class TransformBenchmark
{
    private static readonly int[] CoreCounts = [1, 2];

    public static void Run(int depth, int rows, int rounds)
    {
        var workers = CoreCounts.Select(cores => ScoringWorker.Start(cores, depth, rows)).ToArray();
        try
        {
            (ScoringWorker Worker, string Way)[] all =
            [
                .. workers.SelectMany(worker => ((string[])["executor", "transform", "1"]).Select(way => (worker, way))),
                (workers[1], "2"),
            ];
            var times = Measure(all, rounds);
            Console.WriteLine($"\nSkipNet Recurrent, ResNet-{depth} (CIFAR), 1×28×28, {rows} rows of Fashion-MNIST. {workers[0].Facts}\n");
            Print(rows, times);
        }
        finally
        {
            foreach (var worker in workers)
            {
                worker.Dispose();
            }
        }
    }

    private static Dictionary<(int Cores, string Way), double[]> Measure((ScoringWorker Worker, string Way)[] all, int rounds)
    {
        var times = all.ToDictionary(pair => (pair.Worker.Cores, pair.Way), _ => new double[rounds]);
        var random = new Random(1);
        for (var round = -1; round < rounds; round++)
        {
            random.Shuffle(all);
            foreach (var (worker, way) in all)
            {
                var milliseconds = worker.Time(way);
                if (round >= 0)
                {
                    times[(worker.Cores, way)][round] = milliseconds;
                }
            }
        }

        return times;
    }

    private static void Print(int rows, Dictionary<(int Cores, string Way), double[]> times)
    {
        Console.WriteLine("| | one core, rows/s | two cores, rows/s | two cores ÷ one core |");
        Console.WriteLine("|---|---|---|---|");
        Row("executor in a loop, nothing around it", "executor", "executor");
        Row("`Transform`", "transform", "transform");
        Row("`ApplyOnnxModel`, dense, one thread", "1", "1");
        Row("`ApplyOnnxModel`, dense, two threads", null, "2");
        double overhead = Ratio((1, "transform"), (1, "executor")), faster = Ratio((1, "1"), (1, "transform"));
        var fasterOnTwo = Math.Min(Ratio((2, "1"), (2, "transform")), Ratio((2, "2"), (2, "transform")));
        Console.WriteLine();
        Console.WriteLine("| `Transform`, medians of rounds | measured | must |");
        Console.WriteLine("|---|---|---|");
        Console.WriteLine(Invariant($"| two cores ÷ one core | {Ratio((1, "transform"), (2, "transform")):F2} | ≥ 1.8 |"));
        Console.WriteLine(Invariant($"| time over that of the executor, one core | {overhead - 1:P1} | < 10 % |"));
        Console.WriteLine(Invariant($"| times faster than `ApplyOnnxModel`, one core | {faster:F1} | |"));
        Console.WriteLine(Invariant($"| times faster than the better `ApplyOnnxModel`, two cores | {fasterOnTwo:F1} | ≥ 5 |"));

        void Row(string name, string? one, string two)
        {
            var (rate, ratio) = one is null ? ("", "") : (Rate((1, one)), Invariant($"{Ratio((1, one), (2, two)):F2}"));
            Console.WriteLine($"| {name} | {rate} | {Rate((2, two))} | {ratio} |");
        }

        string Rate((int, string) key) => Invariant($"{rows / PairedTiming.Quantile(times[key], 0.5) * 1000:F0}");

        double Ratio((int, string) of, (int, string) over) => PairedTiming.Quantile(times[of].Zip(times[over], (a, b) => a / b), 0.5);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
