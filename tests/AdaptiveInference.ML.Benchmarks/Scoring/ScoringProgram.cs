using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.Scoring;

/// <summary><c>scoring [part …] [--rows n] [--rounds n]</c>: what surrounds the executor.</summary>
internal static class ScoringProgram
{
    /// <summary>First argument of a worker process.</summary>
    public const string Worker = "--worker";

    public static void Run(string[] args)
    {
        if (args is [Worker, var depth, var count])
        {
            ScoringWorker.Serve(int.Parse(depth, CultureInfo.InvariantCulture), int.Parse(count, CultureInfo.InvariantCulture));
            return;
        }

        var arguments = new BenchmarkArguments(args, "rows", "rounds");
        int rows = arguments.Number("rows", 10_000), rounds = arguments.Number("rounds", 5);
        (string Name, Action Run)[] parts =
        [
            ("transform-20", () => TransformBenchmark.Run(20, rows, rounds)),
            ("transform-38", () => TransformBenchmark.Run(38, rows, rounds)),
            ("prediction-engine", () => PredictionEngineBenchmark.Run(20, 80 * rounds)),
        ];
        foreach (var (_, run) in arguments.Choose(parts, part => part.Name))
        {
            run();
        }
    }
}
