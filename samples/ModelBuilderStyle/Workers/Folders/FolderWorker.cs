using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using ModelBuilderStyle.Workers.Processing;
using ModelBuilderStyle.Workers.Storage;

namespace ModelBuilderStyle.Workers.Folders;

/// <summary>
/// Scores a folder without a broker: the same messages go through a channel in memory. Run again, it goes on where it was stopped.
/// </summary>
internal sealed partial class FolderWorker(
    MessageProcessor processor, StoreWriter writer, ResultStore store, ModelEngines model, WorkerMetrics metrics, WorkerSettings settings,
    IHostApplicationLifetime application, ILogger<FolderWorker> log) : BackgroundService
{
    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await ScoreAsync(settings.Folder!, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            Stopped(log, metrics.Done);
        }
        finally
        {
            application.StopApplication();
        }
    }

    private async Task ScoreAsync(string folder, CancellationToken stop)
    {
        Begins(log, folder, settings.Store, model.ToString());
        await writer.PrepareAsync(stop);
        var isRepeated = await store.CountAsync(model.File.Version, stop) > 0;
        var messages = Channel.CreateBounded<Delivery>(1);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var reading = ReadAsync(messages.Writer, folder, isRepeated, failed.Token);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, settings.Prefetch).Select(_ => Task.Run(async () =>
            {
                await foreach (var message in messages.Reader.ReadAllAsync(stop))
                {
                    await processor.RunAsync(message, stop, stop);
                }
            })));
        }
        finally
        {
            await failed.CancelAsync();
        }

        await reading;
        Ended(log, metrics.Done, metrics.Refused, await store.CountAsync(model.File.Version, stop), settings.Store);
    }

    private async Task ReadAsync(ChannelWriter<Delivery> messages, string folder, bool isRepeated, CancellationToken stop)
    {
        try
        {
            foreach (var paths in ImagePaths.Of(folder).Chunk(settings.PathsPerMessage))
            {
                await messages.WriteAsync(new FolderDelivery(paths, isRepeated, log), stop);
            }
        }
        finally
        {
            messages.Complete();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Scoring the images below {Folder} into {Store}. {Model}")]
    private static partial void Begins(ILogger log, string folder, string store, string model);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "{Done} images have a result, {Refused} were refused. {Stored} different images of this model are in {Store}.")]
    private static partial void Ended(ILogger log, long done, long refused, long stored, string store);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopped after {Done} images; the same command goes on from there.")]
    private static partial void Stopped(ILogger log, long done);
}
