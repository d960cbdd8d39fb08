using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using ModelBuilderStyle.Workers.Processing;
using ModelBuilderStyle.Workers.Storage;
using ModelBuilderStyle.Workers.Tests.Storage;

namespace ModelBuilderStyle.Workers.Tests.Processing;

/// <summary>A worker without a source of messages.</summary>
internal sealed class WorkerParts : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly StoreWriter _writer;
    private readonly ImageScorer _scorer;

    public WorkerParts(TestDatabase database, WorkerSettings settings)
    {
        settings = settings with { Model = TestModel.File, Engines = 2 };
        Model = ModelEngines.Read(settings.ForEngines());
        Metrics = new WorkerMetrics(_services.GetRequiredService<IMeterFactory>(), State, Model);
        _writer = new StoreWriter(ResultStore.Of(database.Setting), State, Metrics, NullLogger<StoreWriter>.Instance);
        _scorer = new ImageScorer(Model, _writer, State, Metrics, settings, TimeProvider.System);
        MessageProcessor = new MessageProcessor(_scorer, _writer, Metrics, settings, NullLogger<MessageProcessor>.Instance);
    }

    public ModelEngines Model { get; }

    public WorkerState State { get; } = new();

    public WorkerMetrics Metrics { get; }

    public MessageProcessor MessageProcessor { get; }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        _scorer.Dispose();
        Model.Dispose();
        await _services.DisposeAsync();
    }
}
