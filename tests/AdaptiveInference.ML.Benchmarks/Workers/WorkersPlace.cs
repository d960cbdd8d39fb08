using ModelBuilderStyle.Workers.Tests.Broker;
using RabbitMQ.Client;

namespace AdaptiveInference.ML.Benchmarks.Workers;

/// <summary>A broker, images in its queue, and workers for them.</summary>
/// <param name="options">Where programs and model are.</param>
/// <param name="images">The folder of images.</param>
/// <param name="store">The file of results.</param>
internal sealed class WorkersPlace(WorkersOptions options, string images, string store) : IDisposable
{
    private const string Queue = "adaptive-inference.images";

    /// <summary>The broker.</summary>
    public BrokerProcess Broker { get; } = new();

    /// <summary>Results so far.</summary>
    public long Results => ResultFile.Count(store);

    /// <summary>Starts the broker and puts all images into the queue.</summary>
    public async Task SendAsync(int pathsPerMessage)
    {
        await Broker.StartAsync();
        using var sender = WorkerProcess.Start(
            options.Workers, "--broker", Broker.Address, "--send", images, "--Worker:PathsPerMessage", $"{pathsPerMessage}");
        Check(await sender.WaitAsync(), sender);
    }

    /// <summary>Puts a message into the queue that nobody can do anything with.</summary>
    public async Task SendPoisonAsync()
    {
        await using var connection = await Broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channel.BasicPublishAsync(
            "", Queue, mandatory: true, new BasicProperties { ContentType = "text/plain", MessageId = "poison", Persistent = true },
            "poison"u8.ToArray());
    }

    /// <summary>Reasons of all dead letters.</summary>
    public async Task<IReadOnlyList<string>> DeadLettersAsync()
    {
        await using var connection = await Broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        var reasons = new List<string>();
        while (await channel.BasicGetAsync(Queue + ".dead", autoAck: true) is { } message)
        {
            var reason = message.BasicProperties.Headers is { } headers && headers.TryGetValue("x-reason", out var text)
                ? System.Text.Encoding.UTF8.GetString((byte[])text!)
                : "no reason of a worker";
            reasons.Add($"{message.BasicProperties.MessageId}: {reason}");
        }

        return reasons;
    }

    /// <summary>Starts a worker with one engine.</summary>
    public WorkerProcess Start() => WorkerProcess.Start(
        options.Workers, "--broker", Broker.Address, "--root", images, "--model", options.Model, "--store", store, "--Worker:Engines", "1",
        "--Worker:DeliveryLimit", "20");

    /// <summary>Starts to score the folder in one process, without a broker.</summary>
    public WorkerProcess StartAlone(int engines) => WorkerProcess.Start(
        options.Workers, "--folder", images, "--model", options.Model, "--store", store, "--Worker:Engines", $"{engines}");

    /// <summary>Scores the folder in one process, without a broker.</summary>
    public async Task ScoreAloneAsync(int engines)
    {
        using var alone = StartAlone(engines);
        Check(await alone.WaitAsync(), alone);
    }

    /// <summary>Images a second, from the first that was scored to the last.</summary>
    public double Rate()
    {
        var times = ResultFile.Times(store);
        return (times.Length - 1) / (times[^1] - times[0]).TotalSeconds;
    }

    public void Dispose() => Broker.Dispose();

    private static void Check(int code, WorkerProcess process)
    {
        if (code != 0)
        {
            throw new InvalidOperationException($"A process ended with {code}: {string.Join(' ', process.Lines)}");
        }
    }
}
