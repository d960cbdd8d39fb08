using RabbitMQ.Client;

namespace ModelBuilderStyle.Workers.Broker;

/// <summary>Sends messages, several at a time; each is waited for until the broker has it.</summary>
internal sealed class Publisher(IChannel channel)
{
    private readonly Lock _lock = new();

    /// <summary>Sends a message.</summary>
    /// <param name="exchange">Where to; empty is straight to the queue.</param>
    /// <param name="queue">Name of the queue; with an exchange, whatever it does with it.</param>
    /// <param name="properties">What goes with the message; it is made persistent.</param>
    /// <param name="body">The message.</param>
    /// <exception cref="RabbitMQ.Client.Exceptions.RabbitMQClientException">The broker does not have it.</exception>
    public Task SendAsync(string exchange, string queue, BasicProperties properties, ReadOnlyMemory<byte> body)
    {
        properties.DeliveryMode = DeliveryModes.Persistent;

        // A channel takes one message at a time; their confirmations are waited for together.
        lock (_lock)
        {
            return channel.BasicPublishAsync(exchange, queue, mandatory: exchange.Length == 0, properties, body).AsTask();
        }
    }
}
