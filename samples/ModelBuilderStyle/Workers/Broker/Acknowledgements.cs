using RabbitMQ.Client;

namespace ModelBuilderStyle.Workers.Broker;

/// <summary>
/// What the broker is told of each message. It keeps a message until it is told that it is done, and hands those of a worker that died or
/// lost its connection to another one by itself.
/// </summary>
internal sealed class Acknowledgements(IChannel consuming)
{
    /// <summary>Takes messages, none of which the broker forgets before it is told to.</summary>
    /// <returns>What ends the taking.</returns>
    public Task<string> ConsumeAsync(string queue, IAsyncBasicConsumer consumer, CancellationToken stop)
        => consuming.BasicConsumeAsync(queue, autoAck: false, consumer, stop);

    /// <summary>The broker may forget a message.</summary>
    public async Task CompleteAsync(ulong message) => await consuming.BasicAckAsync(message, multiple: false);

    /// <summary>The broker hands a message out again, until its limit.</summary>
    public async Task ReturnAsync(ulong message) => await consuming.BasicNackAsync(message, multiple: false, requeue: true);
}
