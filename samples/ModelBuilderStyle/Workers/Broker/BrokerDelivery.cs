using System.Text.Json;
using ModelBuilderStyle.Workers.Messages;
using ModelBuilderStyle.Workers.Processing;
using ModelBuilderStyle.Workers.Storage;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace ModelBuilderStyle.Workers.Broker;

/// <summary>A message of the broker.</summary>
internal sealed class BrokerDelivery : Delivery
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly BrokerConsumer _session;
    private readonly ulong _tag;
    private readonly BasicProperties _properties;

    public BrokerDelivery(BrokerConsumer session, BasicDeliverEventArgs message)
    {
        (_session, _tag, IsRepeated) = (session, message.DeliveryTag, message.Redelivered);

        // The client uses its buffers again.
        (Body, _properties) = (message.Body.ToArray(), new BasicProperties(message.BasicProperties));
    }

    /// <inheritdoc />
    public override string Name => _properties.MessageId ?? "";

    /// <inheritdoc />
    public override string? ContentType => _properties.ContentType;

    /// <inheritdoc />
    public override ReadOnlyMemory<byte> Body { get; }

    /// <inheritdoc />
    public override bool IsRepeated { get; }

    /// <inheritdoc />
    public override Task PutAsideAsync(string? path, string reason)
    {
        var properties = new BasicProperties(_properties)
        {
            Headers = new Dictionary<string, object?>(_properties.Headers ?? new Dictionary<string, object?>())
            {
                [Topology.ReasonHeader] = reason,
            },
        };

        // The time that it had to live is over when it is of use to nobody but who looks for what went wrong.
        properties.ClearExpiration();
        return SayAsync(() => _session.Publisher.SendAsync(
            "", _session.Topology.Dead, properties, path is null ? Body : ImageMessage.Write([path])));
    }

    /// <inheritdoc />
    public override void Count(int images) => _session.Count(images);

    /// <inheritdoc />
    public override Task PublishAsync(IReadOnlyList<StoredResult> results)
        => SayAsync(() => Task.WhenAll(results.Select(result => _session.Publisher.SendAsync(
            _session.Topology.Results, "",
            new BasicProperties { ContentType = ImageMessage.PathsType, MessageId = $"{result.Image}:{result.Model}" },
            JsonSerializer.SerializeToUtf8Bytes(result, Json)))));

    /// <inheritdoc />
    public override Task CompleteAsync() => SayAsync(() => _session.Acknowledgements.CompleteAsync(_tag));

    /// <inheritdoc />
    public override Task ReturnAsync(string reason) => SayAsync(() => _session.Acknowledgements.ReturnAsync(_tag));

    // When the connection has ended the broker hands the message out again by itself.
    private async Task SayAsync(Func<Task> say)
    {
        try
        {
            await say();
        }
        catch (Exception error) when (Connections.IsBrokers(error) && !_session.IsOpen)
        {
            throw new DeliveryLostException(error);
        }
    }
}
