using RabbitMQ.Client;

namespace ModelBuilderStyle.Workers.Broker;

/// <summary>
/// What there is at the broker: a queue that survives the loss of a machine, one for dead letters, and an exchange that tells whoever
/// listens of results.
/// </summary>
/// <param name="Queue">Name of the queue of images.</param>
internal sealed record Topology(string Queue)
{
    /// <summary>Header of a dead letter that says why it is one.</summary>
    public const string ReasonHeader = "x-reason";

    /// <summary>The queue of dead letters.</summary>
    public string Dead => Queue + ".dead";

    /// <summary>The exchange of results. What no queue is bound for is gone: results are in the store.</summary>
    public string Results => Queue + ".results";

    /// <summary>Makes what is not there.</summary>
    /// <exception cref="RabbitMQ.Client.Exceptions.OperationInterruptedException">Something is there with other properties.</exception>
    public async Task DeclareAsync(IChannel channel, int deliveryLimit, CancellationToken cancellation)
    {
        await channel.QueueDeclareAsync(
            Dead, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" },
            cancellationToken: cancellation);
        await channel.QueueDeclareAsync(
            Queue, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?>
            {
                ["x-queue-type"] = "quorum",
                ["x-delivery-limit"] = deliveryLimit,
                ["x-dead-letter-exchange"] = "",
                ["x-dead-letter-routing-key"] = Dead,

                // The broker keeps a message that has reached the limit until the other queue has it; that needs the second line.
                ["x-dead-letter-strategy"] = "at-least-once",
                ["x-overflow"] = "reject-publish",
            },
            cancellationToken: cancellation);
        await channel.ExchangeDeclareAsync(Results, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellation);
    }
}
