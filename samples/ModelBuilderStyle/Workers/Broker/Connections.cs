using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ModelBuilderStyle.Workers.Broker;

/// <summary>How this program connects to the broker.</summary>
internal static class Connections
{
    // The most that a broker can be told to take. With less here a larger message would end the connection, again and again, instead of
    // being put aside with a reason.
    private const uint MostMessageBytes = 512 * 1024 * 1024;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Connects once. A lost connection is replaced by a new one as a whole, so the client repairs nothing by itself.</summary>
    public static Task<IConnection> OpenAsync(WorkerSettings settings, CancellationToken cancellation) => new ConnectionFactory
    {
        Uri = new Uri(settings.Broker!), AutomaticRecoveryEnabled = false, TopologyRecoveryEnabled = false,
        RequestedHeartbeat = Heartbeat, ContinuationTimeout = Patience, MaxInboundMessageBodySize = MostMessageBytes,
        ClientProvidedName = $"{Environment.MachineName}, process {Environment.ProcessId}",
    }.CreateConnectionAsync(cancellation);

    /// <summary>A channel on which a message counts as sent when the broker has it.</summary>
    public static Task<IChannel> PublishingChannelAsync(IConnection connection, CancellationToken cancellation)
        => connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellation);

    /// <summary>Whether an error is about the connection, or about what the broker refuses.</summary>
    public static bool IsBrokers(Exception error) => error is RabbitMQClientException or IOException or TimeoutException
        or System.Net.Sockets.SocketException or ObjectDisposedException or OperationCanceledException;

    /// <summary>An error in a sentence, without the address, which has a password in it.</summary>
    public static string Describe(Exception error) => error.GetBaseException() is { } cause && cause.Message.TrimEnd('.') is { } text
        ? $"The broker: {text}."
        : "The broker does not answer.";
}
