using System.Diagnostics;
using System.Globalization;
using AdaptiveInference.ML.Transforms.Tests.Persistence.Hostile;

namespace AdaptiveInference.ML.Benchmarks.Hostile;

/// <summary>
/// Tries altered files in a process of its own, which is started again where a file ends it, and prints how they fared.
/// </summary>
/// <param name="program">Name of the benchmark, by which the process of its own is started.</param>
/// <param name="create">Makes the file of a number and says what was done to it.</param>
/// <param name="run">Tries a file.</param>
/// <remarks>
/// Time is that of trying, making the file not counted. Memory is how much the resident set grew at its peak (Linux: the peak is reset
/// before each file; elsewhere it is what was allocated).
/// </remarks>
internal sealed class HostileFiles(
    string program,
    Func<int, (string What, byte[] File)> create,
    Func<byte[], (HostileOutcome Outcome, string Message)> run)
{
    /// <summary>First argument in the process of its own; the seed, the first number and the end follow.</summary>
    public const string Child = "--in-child";

    private const int WorstShown = 8;
    private const int LongMilliseconds = 2000;
    private const int LargeMegabytes = 300;
    private const long ResidentBefore = 120 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Tries the files from one number to before another, and prints those that go wrong or need much.</summary>
    public List<HostileTrialResult> Try(int seed, int first, int end)
    {
        var trials = new List<HostileTrialResult>();
        while (first + trials.Count < end)
        {
            var begin = first + trials.Count;
            using var process = ChildProcess.Start(new Dictionary<string, string>(), program, Child, $"{seed}", $"{begin}", $"{end}");
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

    /// <summary>The same in the process of its own: a line for each file.</summary>
    /// <param name="warmUp">A file that compiles what all others use.</param>
    /// <param name="from">First number.</param>
    /// <param name="to">Number behind the last.</param>
    public void RunChild(byte[] warmUp, int from, int to)
    {
        run(warmUp);
        for (var number = from; number < to; number++)
        {
            var (what, file) = create(number);
            if (Environment.WorkingSet > ResidentBefore)
            {
                // Memory that is still there from the files before would hide that this one takes as much.
                GC.Collect(2, GCCollectionMode.Aggressive);
            }

            var memory = new MemoryGrowth();
            var (start, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            var (outcome, message) = run(file);
            var (time, busy) = (Stopwatch.GetElapsedTime(start), Environment.CpuUsage.TotalTime - processor);
            Console.WriteLine(new HostileTrialResult(
                number, outcome, time.TotalMilliseconds, busy.TotalMilliseconds, memory.Megabytes, what, message).ToLine());
        }
    }

    /// <summary>Prints how many were scored and refused, the worst of them, and the reasons.</summary>
    public static void Print(List<HostileTrialResult> trials, string what, int seed)
    {
        Console.WriteLine($"\n{trials.Count} altered {what}, seed {seed}\n");
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

    public static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string? Next(Process process)
    {
        var line = process.StandardOutput.ReadLineAsync();
        return line.Wait(Patience) ? line.Result : null;
    }

    private static void Report(HostileTrialResult trial)
    {
        if (trial.Outcome == HostileOutcome.Fault || trial.Milliseconds > LongMilliseconds || trial.Megabytes > LargeMegabytes)
        {
            Console.WriteLine(trial);
        }
    }
}
