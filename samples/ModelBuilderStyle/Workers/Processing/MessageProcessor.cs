using ModelBuilderStyle.Workers.Messages;
using ModelBuilderStyle.Workers.Storage;

namespace ModelBuilderStyle.Workers.Processing;

/// <summary>
/// What happens to a message, in an order in which nothing is lost wherever a worker dies: score, store, put aside what cannot be scored,
/// publish, and only then complete.
/// </summary>
internal sealed partial class MessageProcessor(
    ImageScorer scorer, StoreWriter store, WorkerMetrics metrics, WorkerSettings settings, ILogger<MessageProcessor> log)
{
    /// <summary>Takes a message to its end.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="begin">Cancelled when no further message is to be begun.</param>
    /// <param name="cancellation">Cancelled when what was begun is to be given up, too.</param>
    /// <returns>Whether the message is done with; otherwise it is handed out again.</returns>
    public async Task<bool> RunAsync(Delivery delivery, CancellationToken begin, CancellationToken cancellation)
    {
        try
        {
            await CompleteAsync(delivery, begin, cancellation);
            return true;
        }
        catch (OperationCanceledException) when (begin.IsCancellationRequested || cancellation.IsCancellationRequested)
        {
            metrics.Message("returned");
            return false;
        }
        catch (DeliveryLostException)
        {
            metrics.Message("returned");
            return false;
        }
        catch (Exception error)
        {
            // Whatever it is, it is this message's: others must not stop for it, and a limit ends its coming back.
            Fails(log, ImageMessage.Shown(delivery.Name), error);
            metrics.Message("returned");
            await ReturnAsync(delivery, $"{error.GetType().Name}: {error.Message}");
            return false;
        }
    }

    private static async Task ReturnAsync(Delivery delivery, string reason)
    {
        try
        {
            await delivery.ReturnAsync(reason);
        }
        catch (DeliveryLostException)
        {
            // It goes back by itself.
            return;
        }
    }

    private async Task CompleteAsync(Delivery delivery, CancellationToken begin, CancellationToken cancellation)
    {
        IReadOnlyList<ImageSource> images;
        try
        {
            images = ImageMessage.Read(delivery.ContentType, delivery.Body, delivery.Name, settings);
        }
        catch (MessageException error)
        {
            await delivery.PutAsideAsync(null, error.Message);
            await delivery.CompleteAsync();
            metrics.Message("refused");
            return;
        }

        delivery.Count(images.Count);
        var problems = new string?[images.Count];
        var writing = new Task<StoredResult>?[images.Count];
        await scorer.EnterAsync(begin);
        var room = 1;
        try
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = settings.Engines, CancellationToken = cancellation };
            await Parallel.ForAsync(0, images.Count, parallel, async (i, token) =>
            {
                // The room that was waited for above is taken by the first.
                if (Interlocked.Exchange(ref room, 0) == 0)
                {
                    await scorer.EnterAsync(token);
                }

                try
                {
                    writing[i] = store.WriteAsync(await scorer.ScoreAsync(images[i], delivery.IsRepeated, token), cancellation);
                }
                catch (MessageException error)
                {
                    problems[i] = error.Message;
                }
            });
        }
        finally
        {
            if (room == 1)
            {
                scorer.Leave();
            }
        }

        var results = await Task.WhenAll(writing.OfType<Task<StoredResult>>());
        await PutAsideAsync(delivery, images, problems);
        await delivery.PublishAsync(results);
        await delivery.CompleteAsync();
        metrics.Message("completed");
    }

    private async Task PutAsideAsync(Delivery delivery, IReadOnlyList<ImageSource> images, string?[] problems)
    {
        for (var i = 0; i < images.Count; i++)
        {
            if (problems[i] is { } reason)
            {
                await delivery.PutAsideAsync(images[i].Bytes is null ? images[i].Name : null, reason);
                metrics.Image("refused");
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The message '{Name}' could not be processed.")]
    private static partial void Fails(ILogger log, string name, Exception error);
}
