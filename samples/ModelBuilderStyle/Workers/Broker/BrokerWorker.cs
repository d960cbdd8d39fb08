using Microsoft.Extensions.Hosting;
using ModelBuilderStyle.Workers.Processing;
using ModelBuilderStyle.Workers.Storage;

namespace ModelBuilderStyle.Workers.Broker;

/// <summary>Scores what the broker hands out, and connects again, for as long as it takes, when the broker goes away.</summary>
internal sealed partial class BrokerWorker(
    MessageProcessor processor, StoreWriter store, ModelEngines model, WorkerState state, WorkerMetrics metrics, WorkerSettings settings,
    ILogger<BrokerWorker> log) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        state.BrokerProblem = "There is no connection to the broker yet.";
        Begins(log, model.ToString());
        try
        {
            await store.PrepareAsync(stoppingToken);
            for (var pause = FirstPause; !stoppingToken.IsCancellationRequested;)
            {
                pause = await RunAsync(stoppingToken) ? FirstPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;

                // Not all workers at the same moment.
                await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The worker stops.
        }

        Ends(log, metrics.Done, metrics.Refused);
    }

    /// <returns>Whether there was a connection.</returns>
    private async Task<bool> RunAsync(CancellationToken stop)
    {
        var wasOpen = false;
        try
        {
            await using var session = await BrokerConsumer.OpenAsync(settings, state, stop);
            wasOpen = true;
            state.BrokerProblem = null;
            metrics.Connection(null);
            Connected(log, settings.Queue, settings.Prefetch);
            if (await session.RunAsync(processor, stop) is { } why)
            {
                Lose($"The connection to the broker ended: {why}.");
            }
        }
        catch (Exception error) when (Connections.IsBrokers(error) && !stop.IsCancellationRequested)
        {
            metrics.Connection(error.GetType().FullName);
            Lose(Connections.Describe(error));
        }

        return wasOpen;
    }

    private void Lose(string problem)
    {
        if (state.BrokerProblem != problem)
        {
            Lost(log, problem);
        }

        state.BrokerProblem = problem;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Model}")]
    private static partial void Begins(ILogger log, string model);

    [LoggerMessage(Level = LogLevel.Information, Message = "Taking images from {Queue}, at most {Prefetch} messages at a time.")]
    private static partial void Connected(ILogger log, string queue, int prefetch);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem} It is tried again until it works.")]
    private static partial void Lost(ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopped after {Done} images with a result and {Refused} refused ones.")]
    private static partial void Ends(ILogger log, long done, long refused);
}
