using System.Text;
using ModelBuilderStyle.Workers.Broker;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ModelBuilderStyle.Workers.Tests.Broker;

/// <summary>A queue of its own at a broker that the tests of a class share, and a client for it.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;

    private TestBroker(Topology topology, IConnection connection, IChannel channel)
        => (Topology, _connection, _channel) = (topology, connection, channel);

    public Topology Topology { get; }

    public string Queue => Topology.Queue;

    public static async Task<TestBroker> OpenAsync(BrokerProcess broker, string? queue = null, int deliveryLimit = 20)
    {
        var connection = await broker.ConnectAsync();
        var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        var topology = new Topology(queue ?? $"test-{Guid.NewGuid():N}");
        await topology.DeclareAsync(channel, deliveryLimit, default);
        return new TestBroker(topology, connection, channel);
    }

    public async Task SendAsync(string? type, byte[] body, string name = "a name") => await _channel.BasicPublishAsync(
        "", Queue, mandatory: true, new BasicProperties { ContentType = type, MessageId = name, Persistent = true }, body);

    /// <summary>A queue that gets all results from now on.</summary>
    public async Task<string> ListenAsync()
    {
        var queue = (await _channel.QueueDeclareAsync()).QueueName;
        await _channel.QueueBindAsync(queue, Topology.Results, "");
        return queue;
    }

    /// <summary>Waits for the next message of a queue.</summary>
    public async Task<Letter> TakeAsync(string queue)
    {
        while (true)
        {
            if (await TryTakeAsync(queue) is { } letter)
            {
                return letter;
            }

            await Task.Delay(20);
        }
    }

    /// <summary>The next message of a queue; null when there is none.</summary>
    public async Task<Letter?> TryTakeAsync(string queue) => await _channel.BasicGetAsync(queue, autoAck: true) is { } message
        ? new Letter(
            message.Body.ToArray(), message.BasicProperties.MessageId, message.BasicProperties.Headers ?? new Dictionary<string, object?>())
        : null;

    /// <summary>Messages of a queue that have not been handed out.</summary>
    public Task<uint> CountAsync(string queue) => _channel.MessageCountAsync(queue);

    public async Task DeleteQueueAsync() => await _channel.QueueDeleteAsync(Queue);

    /// <summary>Waits until somebody has made the queue.</summary>
    public async Task UntilThereAsync(BrokerProcess broker)
    {
        while (true)
        {
            // Asking for a queue that is not there ends the channel.
            await using var connection = await broker.ConnectAsync();
            await using var channel = await connection.CreateChannelAsync();
            try
            {
                await channel.QueueDeclarePassiveAsync(Queue);
                return;
            }
            catch (OperationInterruptedException)
            {
                await Task.Delay(20);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    internal sealed record Letter(byte[] Body, string? Name, IDictionary<string, object?> Headers)
    {
        public string? Reason
            => Headers.TryGetValue(Topology.ReasonHeader, out var reason) ? Encoding.UTF8.GetString((byte[])reason!) : null;
    }
}
