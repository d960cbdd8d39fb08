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
        (int Paths, int Workers)[] runs = [(0, 1), (1, 1), (1, 2), (20, 1), (20, 2)];
        var rates = new double[runs.Length];
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var run = 0; run < runs.Length; run++)
            {
                // The fastest is the one that other work on the machine disturbed least.
                rates[run] = Math.Max(rates[run], await RateAsync(options, folder, images, runs[run].Paths, runs[run].Workers));
            }
        }

        Console.WriteLine($"{options.Timed} images, the fastest of {options.Rounds} rounds in turns, {Environment.ProcessorCount} cores");
        Console.WriteLine("| Images per message | Workers, one engine each | images/s | ms per image more than without a queue |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var ((paths, workers), rate) in runs.Zip(rates))
        {
            var cost = paths > 0 && workers == 1 ? FormattableString.Invariant($"{(1000 / rate) - (1000 / rates[0]):F2}") : "";
            Console.WriteLine(FormattableString.Invariant(
                $"| {(paths == 0 ? "no queue, a folder" : $"{paths}")} | {workers} | {rate:F1} | {cost} |"));
        }
    }

    private static Task<double> RateAsync(WorkersOptions options, string folder, string images, int paths, int workers)
        => paths == 0 ? AloneAsync(options, folder, images) : QueuedAsync(options, folder, images, paths, workers);

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
