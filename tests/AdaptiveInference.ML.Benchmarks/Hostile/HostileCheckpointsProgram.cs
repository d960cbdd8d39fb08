using AdaptiveInference.ML.Transforms.Tests.PyTorch.Hostile;
using AdaptiveInference.ML.Tests.Training.Checkpoints.Hostile;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using AdaptiveInference.ML.LibTorch;

namespace AdaptiveInference.ML.Benchmarks.Hostile;

/// <summary>
/// <c>hostile-checkpoints [training] [pytorch] [--count n] [--seed n] [--first n]</c>: lets <c>Fit</c> go on from altered checkpoints of
/// its own, and imports altered <c>.safetensors</c> files; each must end with finite scores or one clear refusal.
/// </summary>
/// <remarks>
/// Time is the wall's, from the file to its scores. Memory is what was allocated on the managed heap for one file, collected or not: more
/// than what it held at any moment. libtorch's is in the peak of the process at the end.
/// </remarks>
internal static partial class HostileCheckpointsProgram
{
    private const int Worst = 5;

    private enum Outcome
    {
        Scored,
        Refused,
        Fault,
    }

    public static void Run(string[] args)
    {
        var arguments = new BenchmarkArguments(args, "count", "seed", "first");
        var (count, seed, first) = (arguments.Number("count", 5000), arguments.Number("seed", 1), arguments.Number("first", 0));
        (string Name, Action Run)[] kinds =
        [
            ("training", () => Training(seed, first, count)),
            ("pytorch", () => PyTorch(seed, first, count)),
        ];
        foreach (var kind in arguments.Choose(kinds, kind => kind.Name))
        {
            kind.Run();
        }

        using var process = Process.GetCurrentProcess();
        Console.WriteLine($"\nPeak of the process: {process.PeakWorkingSet64 >> 20} MB");
    }

    private static void Training(int seed, int first, int count)
    {
        LibTorchRuntime.Start();
        using var trial = new HostileCheckpointTrial();
        var files = new HostileCheckpoints(trial.Originals, seed);
        foreach (var original in trial.Originals)
        {
            trial.Run(original);
        }

        var numbers = Enumerable.Range(first, count);
        Print("training checkpoints", seed, [.. numbers.Select(number => Try(number, files.Create(number), trial.Run))]);
    }

    private static void PyTorch(int seed, int first, int count)
    {
        using var trial = new HostileSafeTensorsTrial();
        var networks = HostileSafeTensorsTrial.Networks
            .Select(options => (Options: options, Files: new HostileSafeTensors(options, seed))).ToList();
        foreach (var (options, files) in networks)
        {
            trial.Run(options, files.Original);
        }

        Print("safetensors files", seed, [.. Enumerable.Range(first, count).Select(number =>
        {
            var (options, files) = networks[number % networks.Count];
            return Try(number, files.Create(number), file => trial.Run(options, file));
        })]);
    }

    private static Result Try(int number, (string What, byte[] File) altered, Func<byte[], string?> run)
    {
        var (start, allocated) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes(precise: true));
        Outcome outcome;
        string message;
        try
        {
            message = run(altered.File) ?? "";
            outcome = message.Length > 0 ? Outcome.Refused : Outcome.Scored;
        }
        catch (Exception error)
        {
            (outcome, message) = (Outcome.Fault, error.ToString());
        }

        var result = new Result(
            number, altered.What, outcome, message, Stopwatch.GetElapsedTime(start).TotalMilliseconds,
            (GC.GetTotalAllocatedBytes(precise: true) - allocated) / 1048576.0);
        if (outcome == Outcome.Fault)
        {
            Console.WriteLine(result);
        }

        return result;
    }

    private static void Print(string what, int seed, List<Result> results)
    {
        Console.WriteLine($"\n{results.Count} altered {what}, seed {seed}");
        foreach (var outcome in Enum.GetValues<Outcome>())
        {
            Console.WriteLine($"{outcome,-10}{results.Count(result => result.Outcome == outcome)}");
        }

        Console.WriteLine("\nLongest:");
        results.OrderByDescending(result => result.Milliseconds).Take(Worst).ToList().ForEach(Console.WriteLine);
        Console.WriteLine("\nLargest:");
        results.OrderByDescending(result => result.Megabytes).Take(Worst).ToList().ForEach(Console.WriteLine);
        Console.WriteLine("\nReasons:");
        var refusals = results.Where(result => result.Outcome == Outcome.Refused).GroupBy(result => result.Reason);
        foreach (var group in refusals.OrderByDescending(group => group.Count()))
        {
            Console.WriteLine($"{group.Count(),6}  {group.Key}");
        }
    }

    private sealed partial record Result(int Number, string What, Outcome Outcome, string Message, double Milliseconds, double Megabytes)
    {
        /// <summary>The message without what differs from file to file.</summary>
        public string Reason => Short(Varying().Replace(Message.ReplaceLineEndings(" "), "…"), 140);

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Number,6}  {Outcome}  {Milliseconds:F0} ms  {Megabytes:F1} MB  [{Short(What, 120)}]  ")
            + Short(Message.ReplaceLineEndings(" "), 500);

        private static string Short(string text, int length) => text.Length <= length ? text : text[..length] + "…";

        [GeneratedRegex(@"'[^']*'|\(.*\)|-?[\d,.×]*\d")]
        private static partial Regex Varying();
    }
}
