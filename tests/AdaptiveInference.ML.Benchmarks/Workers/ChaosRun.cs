using System.Diagnostics;
using ModelBuilderStyle.Workers.Tests.Broker;

namespace AdaptiveInference.ML.Benchmarks.Workers;

/// <summary>Three workers, one of them killed every few seconds, and a broker that is stopped once and killed once.</summary>
internal static class ChaosRun
{
    private const int Workers = 3;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs and compares with one process.</summary>
    public static async Task RunAsync(WorkersOptions options, string folder)
    {
        var images = Path.Combine(folder, "chaos-images");
        var store = Path.Combine(folder, "chaos.db");
        ManyImages.Write(options.Images, images, options.Chaos);
        using var place = new WorkersPlace(options, images, store);
        await place.SendAsync(pathsPerMessage: 5);
        await place.SendPoisonAsync();
        var start = Stopwatch.GetTimestamp();
        var kills = await KillUntilDoneAsync(options, place);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var dead = await place.DeadLettersAsync();

        var alone = Path.Combine(folder, "chaos-alone.db");
        using (var other = new WorkersPlace(options, images, alone))
        {
            await other.ScoreAloneAsync(Environment.ProcessorCount);
        }

        var (results, expected) = (ResultFile.Results(store), ResultFile.Results(alone));
        var sources = ResultFile.Sources(store);
        Console.WriteLine(FormattableString.Invariant(
            $"{options.Chaos} images, {Workers} workers with one engine each, {kills} killed, broker stopped once and killed once, ")
            + FormattableString.Invariant($"{seconds:F0} s."));
        Console.WriteLine(
            $"Results {results.Length}, of different images {results.DistinctBy(row => row.Split(' ')[0]).Count()}, not equal to those of "
            + $"one process {results.Except(expected).Count() + expected.Except(results).Count()}, paths without a result "
            + $"{options.Chaos - sources.Length}.");
        Console.WriteLine($"Dead letters {dead.Count}: {string.Join("; ", dead)}");
    }

    private static async Task<int> KillUntilDoneAsync(WorkersOptions options, WorkersPlace place)
    {
        var workers = new List<WorkerProcess>();
        var random = new Random(1);
        var kills = 0;
        try
        {
            workers.AddRange(Enumerable.Range(0, Workers).Select(_ => place.Start()));
            var lastKill = Stopwatch.GetTimestamp();
            for (var restarts = 0; place.Results < options.Chaos;)
            {
                await Task.Delay(Look);
                if (Stopwatch.GetElapsedTime(lastKill).TotalSeconds >= options.KillEvery)
                {
                    var victim = random.Next(Workers);
                    workers[victim].Kill();
                    workers[victim].Dispose();
                    workers[victim] = place.Start();
                    (kills, lastKill) = (kills + 1, Stopwatch.GetTimestamp());
                }

                if (restarts < 2 && place.Results > options.Chaos * (restarts + 1) / 3)
                {
                    await place.Broker.StopAsync(gently: restarts == 0);
                    await place.Broker.StartAsync();
                    restarts++;
                }
            }

            foreach (var worker in workers)
            {
                await worker.StopAsync();
            }

            return kills;
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }
    }
}
