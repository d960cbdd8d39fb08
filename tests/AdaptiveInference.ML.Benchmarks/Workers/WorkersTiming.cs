using ModelBuilderStyle.Workers.Tests.Broker;

namespace AdaptiveInference.ML.Benchmarks.Workers;

/// <summary>How fast workers were, and what they and the broker spent on an image.</summary>
/// <param name="Rate">Images a second, from the first that was scored to the last.</param>
/// <param name="Workers">Processor milliseconds of all workers for each image.</param>
/// <param name="Broker">The same of the broker.</param>
internal sealed record WorkersTiming(double Rate, double Workers, double Broker)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Watches until all images are scored. Processor time is taken after the first quarter, when everything is compiled.
    /// </summary>
    public static async Task<WorkersTiming> TakeAsync(WorkersPlace place, IReadOnlyList<WorkerProcess> workers, int images)
    {
        Sample? first = null;
        Sample? last = null;
        for (var results = place.Results; results < images; results = place.Results)
        {
            if (results >= images / 4 && !workers.Any(worker => worker.HasExited))
            {
                last = new Sample(
                    results, workers.Sum(worker => worker.ProcessorTime.TotalMilliseconds), place.Broker.ProcessorTime.TotalMilliseconds);
                first ??= last;
            }

            await Task.Delay(Look);
        }

        var between = (last?.Results ?? 0) - (first?.Results ?? 0);
        return between > 0
            ? new WorkersTiming(place.Rate(), (last!.Workers - first!.Workers) / between, (last.Broker - first.Broker) / between)
            : throw new BenchmarkArgumentException("Too few images: they were scored before anything could be measured.");
    }

    private sealed record Sample(long Results, double Workers, double Broker);
}
