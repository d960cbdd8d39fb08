using ModelBuilderStyle.Workers.Processing;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace ModelBuilderStyle.Workers.Broker;

/// <summary>One connection to the broker, from its beginning to its end: takes messages, and gives word of each.</summary>
internal sealed class BrokerConsumer : IAsyncDisposable
{
    // Of the mean of images in a message, the share that the newest message has.
    private const double NewestShare = 0.05;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly WorkerSettings _settings;
    private readonly WorkerState _state;
    private readonly IConnection _connection;
    private readonly IChannel _consuming;
    private readonly IChannel _publishing;
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private double _imagesPerMessage = 1;

    private BrokerConsumer(WorkerSettings settings, WorkerState state, IConnection connection, IChannel consuming, IChannel publishing)
    {
        (_settings, _state, _connection, _consuming, _publishing) = (settings, state, connection, consuming, publishing);
        (Publisher, Topology) = (new Publisher(publishing), new Topology(settings.Queue));
        Acknowledgements = new Acknowledgements(consuming);
        _connection.ConnectionShutdownAsync += (_, why) => Lose(why.ReplyText);
        _consuming.ChannelShutdownAsync += (_, why) => Lose(why.ReplyText);
        _publishing.ChannelShutdownAsync += (_, why) => Lose(why.ReplyText);
    }

    /// <summary>Sends results and dead letters.</summary>
    public Publisher Publisher { get; }

    /// <summary>Tells what became of each message.</summary>
    public Acknowledgements Acknowledgements { get; }

    /// <summary>Names at the broker.</summary>
    public Topology Topology { get; }

    /// <summary>Whether word of a message still reaches the broker.</summary>
    public bool IsOpen => _consuming.IsOpen && _publishing.IsOpen && !_lost.Task.IsCompleted;

    /// <summary>Connects, and makes what is not there.</summary>
    public static async Task<BrokerConsumer> OpenAsync(WorkerSettings settings, WorkerState state, CancellationToken cancellation)
    {
        var connection = await Connections.OpenAsync(settings, cancellation);
        try
        {
            var consuming = await connection.CreateChannelAsync(cancellationToken: cancellation);
            var session = new BrokerConsumer(
                settings, state, connection, consuming, await Connections.PublishingChannelAsync(connection, cancellation));
            await session.Topology.DeclareAsync(consuming, settings.DeliveryLimit, cancellation);
            await consuming.BasicQosAsync(0, (ushort)settings.Prefetch, global: false, cancellation);
            return session;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Processes messages until the connection is lost or the worker is told to stop.</summary>
    /// <returns>What ended the connection; null when the worker was told to stop, and has finished what it had begun.</returns>
    public async Task<string?> RunAsync(MessageProcessor processor, CancellationToken stop)
    {
        using var begin = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var work = new CancellationTokenSource();
        var consumer = new AsyncEventingBasicConsumer(_consuming);
        consumer.ReceivedAsync += (_, message) =>
        {
            Start(processor, new BrokerDelivery(this, message), begin.Token, work.Token);
            return Task.CompletedTask;
        };
        consumer.UnregisteredAsync += (_, _) => Lose("the queue was deleted");
        var tag = await Acknowledgements.ConsumeAsync(_settings.Queue, consumer, stop);
        var watching = WatchBacklogAsync(begin.Token);
        if (await Task.WhenAny(_lost.Task, Task.Delay(Timeout.Infinite, stop)) == _lost.Task)
        {
            // The broker hands all of it out again: what is being scored ends, and nothing more is begun.
            await begin.CancelAsync();
            await work.CancelAsync();
        }
        else
        {
            // What has been begun is finished, within a time; what has not goes back when the connection ends.
            work.CancelAfter(TimeSpan.FromSeconds(_settings.StopSeconds));
            await QuietlyAsync(() => _consuming.BasicCancelAsync(tag, noWait: false, CancellationToken.None));
        }

        await Task.WhenAll(Running());
        await watching;
        return _lost.Task.IsCompleted && !stop.IsCancellationRequested ? await _lost.Task : null;
    }

    /// <summary>Tells how many images a message brought; the backlog is counted in images.</summary>
    public void Count(int images)
    {
        lock (_lock)
        {
            _imagesPerMessage += NewestShare * (images - _imagesPerMessage);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await QuietlyAsync(async () => await _publishing.DisposeAsync());
        await QuietlyAsync(async () => await _consuming.DisposeAsync());
        await QuietlyAsync(async () => await _connection.DisposeAsync());
    }

    // On a broken connection closing fails, and there is nothing left to do about it.
    private static async Task QuietlyAsync(Func<Task> close)
    {
        try
        {
            await close();
        }
        catch (Exception error) when (Connections.IsBrokers(error))
        {
            return;
        }
    }

    private void Start(MessageProcessor processor, Delivery delivery, CancellationToken begin, CancellationToken work)
    {
        lock (_lock)
        {
            var running = Task.Run(() => processor.RunAsync(delivery, begin, work), CancellationToken.None);
            _running.Add(running);
            running.ContinueWith(
                ended =>
                {
                    lock (_lock)
                    {
                        _running.Remove(ended);
                    }
                },
                TaskScheduler.Default);
        }
    }

    private Task[] Running()
    {
        lock (_lock)
        {
            return [.. _running];
        }
    }

    private async Task WatchBacklogAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(LookEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var queue = await _consuming.QueueDeclarePassiveAsync(_settings.Queue, stop);
                if (queue.ConsumerCount == 0)
                {
                    // It was deleted and made again so quickly that the broker did not say so.
                    await Lose("the queue has forgotten this worker");
                }

                lock (_lock)
                {
                    _state.Backlog = (long)(queue.MessageCount * _imagesPerMessage / Math.Max(1, queue.ConsumerCount));
                }
            }
        }
        catch (Exception error) when (Connections.IsBrokers(error))
        {
            // The connection ends, or the worker does.
            _state.Backlog = 0;
        }
    }

    private Task Lose(string why)
    {
        _lost.TrySetResult(why);
        return Task.CompletedTask;
    }
}
