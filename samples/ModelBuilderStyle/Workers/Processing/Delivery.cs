using ModelBuilderStyle.Workers.Storage;

namespace ModelBuilderStyle.Workers.Processing;

/// <summary>A message that has been handed to this worker, and what becomes of it; wherever it comes from.</summary>
/// <remarks>What gives word of it throws <see cref="DeliveryLostException"/> when there is nobody to give it to any more.</remarks>
internal abstract class Delivery
{
    /// <summary>What its sender calls it.</summary>
    public abstract string Name { get; }

    /// <summary>What its sender says that it is.</summary>
    public abstract string? ContentType { get; }

    /// <summary>Its body.</summary>
    public abstract ReadOnlyMemory<byte> Body { get; }

    /// <summary>Whether results of it may be in the store already.</summary>
    public abstract bool IsRepeated { get; }

    /// <summary>Tells how many images the message is of.</summary>
    public virtual void Count(int images)
    {
    }

    /// <summary>Puts the message aside as a dead letter, or what one image of it needs to be tried again by itself.</summary>
    /// <param name="path">The path of the image; null for the message as it came.</param>
    /// <param name="reason">Why.</param>
    public abstract Task PutAsideAsync(string? path, string reason);

    /// <summary>Tells whoever listens of results that are in the store.</summary>
    public abstract Task PublishAsync(IReadOnlyList<StoredResult> results);

    /// <summary>The message is done with: it is not handed out again.</summary>
    public abstract Task CompleteAsync();

    /// <summary>
    /// Gives the message back: a broker hands it out again, a limited number of times; of a folder it is read again when a worker starts
    /// again.
    /// </summary>
    /// <param name="reason">Why.</param>
    public abstract Task ReturnAsync(string reason);
}
