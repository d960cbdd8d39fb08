using ModelBuilderStyle.Workers.Tests.Broker;

namespace AdaptiveInference.ML.Benchmarks.Workers;

/// <summary>
/// The sample's workers at a broker that this program starts: whether anything is lost or double when they die, how much a second worker
/// brings, and what the queue costs an image.
/// </summary>
internal static class WorkersProgram
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

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
        var alone = await AloneAsync(options, folder, images);
        Console.WriteLine("| Images per message | Workers, one engine each | images/s | ms per image more than without a queue |");
        Console.WriteLine("|---|---|---|---|");
        Console.WriteLine(FormattableString.Invariant($"| no queue, one process | 1 | {alone:F1} | |"));
        foreach (var (paths, workers) in new[] { (1, 1), (1, 2), (20, 1), (20, 2) })
        {
            var rate = await QueuedAsync(options, folder, images, paths, workers);
            var cost = workers == 1 ? FormattableString.Invariant($"{(1000 / rate) - (1000 / alone):F2}") : "";
            Console.WriteLine(FormattableString.Invariant($"| {paths} | {workers} | {rate:F1} | {cost} |"));
        }

        Console.WriteLine(FormattableString.Invariant($"| no queue, one process | 1, again | {await AloneAsync(options, folder, images):F1} | |\n"));
    }

    private static async Task<double> AloneAsync(WorkersOptions options, string folder, string images)
    {
        using var place = new WorkersPlace(options, images, Path.Combine(folder, $"{Guid.NewGuid():N}.db"));
        await place.ScoreAloneAsync(engines: 1);
        return place.Rate();
    }

    private static async Task<double> QueuedAsync(WorkersOptions options, string folder, string images, int paths, int workers)
    {
        using var place = new WorkersPlace(options, images, Path.Combine(folder, $"{Guid.NewGuid():N}.db"));
        await place.SendAsync(paths);
        var running = Enumerable.Range(0, workers).Select(_ => place.Start()).ToArray();
        try
        {
            while (place.Results < options.Timed)
            {
                await Task.Delay(Look);
            }

            return place.Rate();
        }
        finally
        {
            Array.ForEach(running, worker => worker.Dispose());
        }
    }
}
