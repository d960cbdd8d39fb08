using System.Collections.Concurrent;
using ModelBuilderStyle.Workers.Messages;
using ModelBuilderStyle.Workers.Processing;
using ModelBuilderStyle.Workers.Storage;

namespace ModelBuilderStyle.Workers.Tests.Processing;

/// <summary>Writes down what becomes of a message, in order.</summary>
internal sealed class RecordedDelivery(string? type, ReadOnlyMemory<byte> body, bool isRepeated = false) : Delivery
{
    public RecordedDelivery(params string[] paths)
        : this("application/json", ImageMessage.Write(paths))
    {
    }

    public ConcurrentQueue<string> Events { get; } = [];

    public List<StoredResult> Published { get; } = [];

    /// <summary>Called before anything is said; may fail.</summary>
    public Func<string, Task> Before { get; init; } = _ => Task.CompletedTask;

    public override string Name => "the message";

    public override string? ContentType => type;

    public override ReadOnlyMemory<byte> Body => body;

    public override bool IsRepeated => isRepeated;

    public override Task PutAsideAsync(string? path, string reason) => SayAsync($"aside {path ?? "all"}: {reason}");

    public override async Task PublishAsync(IReadOnlyList<StoredResult> results)
    {
        await SayAsync($"publish {string.Join(" ", results.Select(result => result.Source))}");
        Published.AddRange(results);
    }

    public override Task CompleteAsync() => SayAsync("complete");

    public override Task ReturnAsync(string reason) => SayAsync($"return {reason}");

    private async Task SayAsync(string what)
    {
        await Before(what.Split(' ')[0]);
        Events.Enqueue(what);
    }
}
