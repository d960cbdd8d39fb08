using AdaptiveInference.ML.Transforms.Tests.Persistence.Hostile;
using System.Diagnostics;
using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.Hostile;

/// <summary>
/// <c>hostile-models [--count n] [--seed n] [--first n]</c>: loads altered model files and scores a row with each, in a process of its own
/// that is started again where a file ends it. The files that have a name, bombs for the most part, come first.
/// </summary>
/// <remarks>
/// Time is that of loading and scoring, making the file not counted. Memory is how much the resident set grew at its peak (Linux: the peak
/// is reset before each file; elsewhere it is what was allocated).
/// </remarks>
internal static class HostileModelsProgram
{
    private const string Child = "--in-child";
    private const int WorstShown = 8;
    private const long ResidentBefore = 120 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static void Run(string[] args)
    {
        if (args is [Child, var childSeed, var from, var to])
        {
            RunChild(Number(childSeed), Number(from), Number(to));
            return;
        }

        var arguments = new BenchmarkArguments(args, "count", "seed", "first");
        var (seed, first) = (arguments.Number("seed", 1), arguments.Number("first", 0));
        var named = Try(seed, -NamedHostileModels.All.Count, 0);
        Console.WriteLine();
        named.ForEach(Console.WriteLine);
        Console.WriteLine();
        var trials = Try(seed, first, first + arguments.Number("count", 10_000));
        Print(trials, seed);
    }

    private static List<HostileTrialResult> Try(int seed, int first, int end)
    {
        var trials = new List<HostileTrialResult>();
        while (first + trials.Count < end)
        {
            var begin = first + trials.Count;
            using var process = ChildProcess.Start(
                new Dictionary<string, string>(), "hostile-models", Child, $"{seed}", $"{begin}", $"{end}");
            while (Next(process) is { } line)
            {
                trials.Add(HostileTrialResult.Parse(line));
                Report(trials[^1]);
            }

            process.Kill();
            process.WaitForExit();
            if (first + trials.Count < end)
            {
                const string Silent = "the process ended or did not answer for a minute";
                trials.Add(new HostileTrialResult(
                    first + trials.Count, HostileOutcome.Fault, Patience.TotalMilliseconds, 0, 0, "?", Silent));
                Report(trials[^1]);
            }
        }

        return trials;
    }

    private static string? Next(Process process)
    {
        var line = process.StandardOutput.ReadLineAsync();
        return line.Wait(Patience) ? line.Result : null;
    }

    private static void Report(HostileTrialResult trial)
    {
        if (trial.Outcome == HostileOutcome.Fault || trial.Milliseconds > 2000 || trial.Megabytes > 300)
        {
            Console.WriteLine(trial);
        }
    }

    private static void RunChild(int seed, int from, int to)
    {
        var models = new HostileModels(seed);

        // The first of a process compiles what all others use.
        HostileTrial.Run(models.Create(0).Zip);
        for (var number = from; number < to; number++)
        {
            var (what, zip) = number < 0 ? Named(NamedHostileModels.All[number + NamedHostileModels.All.Count]) : models.Create(number);
            if (Environment.WorkingSet > ResidentBefore)
            {
                // Memory that is still there from the files before would hide that this one takes as much.
                GC.Collect(2, GCCollectionMode.Aggressive);
            }

            var memory = new MemoryGrowth();
            var (start, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            var (outcome, message) = HostileTrial.Run(zip);
            var (time, busy) = (Stopwatch.GetElapsedTime(start), Environment.CpuUsage.TotalTime - processor);
            Console.WriteLine(new HostileTrialResult(
                number, outcome, time.TotalMilliseconds, busy.TotalMilliseconds, memory.Megabytes, what, message).ToLine());
        }
    }

    private static void Print(List<HostileTrialResult> trials, int seed)
    {
        Console.WriteLine($"\n{trials.Count} altered model files, seed {seed}\n");
        foreach (var outcome in Enum.GetValues<HostileOutcome>())
        {
            Console.WriteLine($"{outcome,-10}{trials.Count(trial => trial.Outcome == outcome)}");
        }

        Console.WriteLine("\nLongest:");
        trials.OrderByDescending(trial => trial.Milliseconds).Take(WorstShown).ToList().ForEach(Console.WriteLine);
        Console.WriteLine("\nLargest:");
        trials.OrderByDescending(trial => trial.Megabytes).Take(WorstShown).ToList().ForEach(Console.WriteLine);
        Console.WriteLine("\nReasons:");
        var refused = trials.Where(trial => trial.Outcome == HostileOutcome.Refused);
        foreach (var group in refused.GroupBy(trial => trial.Reason).OrderByDescending(reason => reason.Count()))
        {
            Console.WriteLine($"{group.Count(),6}  {group.Key}");
        }
    }

    private static (string What, byte[] Zip) Named((string What, Func<byte[]> Zip) model)
    {
        var zip = model.Zip();
        return ($"{model.What}, {zip.Length / 1024} kB", zip);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
