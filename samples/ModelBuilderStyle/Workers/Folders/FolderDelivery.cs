using ModelBuilderStyle.Workers.Messages;
using ModelBuilderStyle.Workers.Processing;
using ModelBuilderStyle.Workers.Storage;

namespace ModelBuilderStyle.Workers.Folders;

/// <summary>A message that was made in this process. What cannot be scored is named in the log.</summary>
internal sealed partial class FolderDelivery(IReadOnlyList<string> paths, bool isRepeated, ILogger log) : Delivery
{
    /// <inheritdoc />
    public override string Name => paths[0];

    /// <inheritdoc />
    public override string? ContentType => ImageMessage.PathsType;

    /// <inheritdoc />
    public override ReadOnlyMemory<byte> Body { get; } = ImageMessage.Write(paths);

    /// <inheritdoc />
    public override bool IsRepeated => isRepeated;

    /// <inheritdoc />
    public override Task PutAsideAsync(string? path, string reason)
    {
        Refused(log, ImageMessage.Shown(path ?? Name), reason);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override Task PublishAsync(IReadOnlyList<StoredResult> results) => Task.CompletedTask;

    /// <inheritdoc />
    public override Task CompleteAsync() => Task.CompletedTask;

    /// <inheritdoc />
    public override Task ReturnAsync(string reason) => PutAsideAsync(null, reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path}: {Reason}")]
    private static partial void Refused(ILogger log, string path, string reason);
}
