using System.Diagnostics;
using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.Scoring;

/// <summary>
/// A process that may use one core or two. Both exist at the same time and take turns, so that both meet the same machine; the one whose
/// turn it is not waits for its input.
/// </summary>
internal sealed class ScoringWorker : IDisposable
{
    private readonly Process _process;

    private ScoringWorker(int cores, Process process)
    {
        Cores = cores;
        _process = process;
        Facts = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The worker did not start.");
    }

    public int Cores { get; }

    /// <summary>What the worker says about its subject.</summary>
    public string Facts { get; }

    /// <summary>Starts a worker on the first of the cores that this process may use.</summary>
    public static ScoringWorker Start(int cores, int depth, int rows)
    {
        // A process inherits the cores of the thread that starts it. Setting them later would miss the threads that the runtime has by
        // then.
        var self = Process.GetCurrentProcess();
        var all = self.ProcessorAffinity;
        try
        {
            self.ProcessorAffinity = First(cores, all);
            return new ScoringWorker(cores, ChildProcess.Start(
                new Dictionary<string, string>(), "scoring", ScoringProgram.Worker, $"{depth}", $"{rows}"));
        }
        finally
        {
            self.ProcessorAffinity = all;
        }
    }

    /// <summary>Milliseconds that the worker needs to score all rows in one way.</summary>
    public double Time(string way)
    {
        _process.StandardInput.WriteLine(way);
        return double.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
    }

    private static nint First(int cores, nint of)
    {
        nint first = 0;
        for (var left = of; cores > 0; cores--)
        {
            first |= left & -left;
            left &= left - 1;
        }

        return first;
    }

    /// <summary>What the worker process does.</summary>
    public static void Serve(int depth, int rows)
    {
        using var subject = new ScoringSubject(depth, rows);
        Console.WriteLine(subject.Facts());
        while (Console.ReadLine() is { } way)
        {
            // What one way leaves behind is not for the next to clean up.
            GC.Collect();
            var start = Stopwatch.GetTimestamp();
            switch (way)
            {
                case "executor":
                    subject.RunExecutor();
                    break;
                case "transform":
                    subject.RunTransform();
                    break;
                default:
                    subject.RunOnnx(int.Parse(way, CultureInfo.InvariantCulture));
                    break;
            }

            Console.WriteLine(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
        }
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
