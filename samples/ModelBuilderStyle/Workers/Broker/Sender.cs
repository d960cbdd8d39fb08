using Microsoft.Extensions.Hosting;
using ModelBuilderStyle.Workers.Folders;
using ModelBuilderStyle.Workers.Messages;
using RabbitMQ.Client;

namespace ModelBuilderStyle.Workers.Broker;

/// <summary>
/// Puts the images of a folder into the queue, by their paths. Sent twice, an image still has one result, so that a sender that failed half
/// way simply begins again.
/// </summary>
internal sealed partial class Sender(
    WorkerSettings settings, IHostApplicationLifetime application, ILogger<Sender> log) : BackgroundService
{
    private const int MostUnconfirmed = 200;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var sent = 0L;
        try
        {
            await using var connection = await Connections.OpenAsync(settings, stoppingToken);
            await using var channel = await Connections.PublishingChannelAsync(connection, stoppingToken);
            await new Topology(settings.Queue).DeclareAsync(channel, settings.DeliveryLimit, stoppingToken);
            var publisher = new Publisher(channel);
            foreach (var messages in ImagePaths.Of(settings.Send!).Chunk(settings.PathsPerMessage).Chunk(MostUnconfirmed))
            {
                stoppingToken.ThrowIfCancellationRequested();
                await Task.WhenAll(messages.Select(paths => publisher.SendAsync(
                    "", settings.Queue, new BasicProperties { ContentType = ImageMessage.PathsType, MessageId = paths[0] },
                    ImageMessage.Write(paths))));
                sent += messages.Sum(paths => paths.Length);
            }

            Sent(log, sent, settings.Queue);
        }
        catch (Exception error) when (Connections.IsBrokers(error) && !stoppingToken.IsCancellationRequested)
        {
            throw new IOException(
                $"{Connections.Describe(error)} {sent} images are in the queue for certain; the same command begins again.", error);
        }
        finally
        {
            application.StopApplication();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Images} images are in {Queue}.")]
    private static partial void Sent(ILogger log, long images, string queue);
}
