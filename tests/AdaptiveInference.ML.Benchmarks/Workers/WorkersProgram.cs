using ModelBuilderStyle.Workers.Tests.Broker;

namespace AdaptiveInference.ML.Benchmarks.Workers;

/// <summary>
/// The sample's workers at a broker that this program starts: whether anything is lost or double when they die, how much a second worker
/// brings, and what the queue costs an image.
/// </summary>
internal static class WorkersProgram
{
    public static void Run(string[] args)
    {
        var options = WorkersOptions.Parse(args);
        if (!BrokerProcess.IsInstalled)
        {
            throw new BenchmarkArgumentException(BrokerProcess.Missing);
        }

        RunAsync(options).GetAwaiter().GetResult();
    }

    private static async Task RunAsync(WorkersOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("workers-benchmark").FullName;
        try
        {
            if (options.Timed > 0)
            {
                await TimeAsync(options, folder);
            }

            if (options.Chaos > 0)
            {
                await ChaosRun.RunAsync(options, folder);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task TimeAsync(WorkersOptions options, string folder)
    {
        var images = Path.Combine(folder, "timed-images");
        ManyImages.Write(options.Images, images, options.Timed);
        (int Paths, int Workers)[] runs = [(0, 1), (1, 1), (1, 2), (20, 1), (20, 2)];
        var timings = runs.Select(_ => new List<WorkersTiming>()).ToArray();
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var run = 0; run < runs.Length; run++)
            {
                using var place = new WorkersPlace(options, images, Path.Combine(folder, $"{Guid.NewGuid():N}.db"));
                timings[run].Add(await RunAsync(options, place, runs[run].Paths, runs[run].Workers));
            }
        }

        Console.WriteLine($"{options.Timed} images, {options.Rounds} rounds in turns, {Environment.ProcessorCount} cores; the fastest "
            + "round's images a second, the least processor time");
        Console.WriteLine(
            "| Images per message | Workers, one engine each | images/s | workers, CPU ms per image | broker, CPU ms per image |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var ((paths, workers), all) in runs.Zip(timings))
        {
            Console.WriteLine(FormattableString.Invariant($"| {(paths == 0 ? "no queue, a folder" : $"{paths}")} | {workers} | ")
                + FormattableString.Invariant($"{all.Max(one => one.Rate):F0} | {all.Min(one => one.Workers):F2} | ")
                + FormattableString.Invariant($"{all.Min(one => one.Broker):F2} |"));
        }

        Console.WriteLine();
    }

    private static async Task<WorkersTiming> RunAsync(WorkersOptions options, WorkersPlace place, int paths, int workers)
    {
        if (paths > 0)
        {
            await place.SendAsync(paths);
        }

        var running = Enumerable.Range(0, workers).Select(_ => paths > 0 ? place.Start() : place.StartAlone(engines: 1)).ToArray();
        try
        {
            return await WorkersTiming.TakeAsync(place, running, options.Timed);
        }
        finally
        {
            Array.ForEach(running, worker => worker.Dispose());
        }
    }
}
