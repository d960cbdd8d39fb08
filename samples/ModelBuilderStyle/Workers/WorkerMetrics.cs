using System.Diagnostics.Metrics;

namespace ModelBuilderStyle.Workers;

/// <summary>What a worker measures besides what the library does, and counts for its last line.</summary>
internal sealed class WorkerMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "ModelBuilderStyle.Workers";

    private const string Outcome = "adaptive_inference.outcome";

    private readonly Counter<long> _messages;
    private readonly Counter<long> _images;
    private readonly Counter<long> _connections;
    private readonly Histogram<double> _storing;
    private readonly Histogram<int> _storedAtOnce;
    private long _done;
    private long _refused;

    public WorkerMetrics(IMeterFactory meters, WorkerState state, ModelEngines model)
    {
        var meter = meters.Create(MeterName);
        _messages = meter.CreateCounter<long>(
            "adaptive_inference.worker.messages", "{message}", "Messages done with: completed, refused as a whole, or given back.");
        _images = meter.CreateCounter<long>(
            "adaptive_inference.worker.images", "{image}", "Images of messages: scored, found in the store, or refused.");
        _connections = meter.CreateCounter<long>(
            "adaptive_inference.worker.connections", "{connection}", "Connections made to the broker; failed ones by error.type.");
        _storing = meter.CreateHistogram(
            "adaptive_inference.worker.store.duration", "s", "Time of one write to the store.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
            });
        _storedAtOnce = meter.CreateHistogram<int>("adaptive_inference.worker.store.results", "{image}", "Results in one write.");
        meter.CreateObservableGauge(
            "adaptive_inference.worker.backlog", () => state.Backlog, "{image}", "This worker's share of the images that wait.");
        meter.CreateObservableGauge(
            "adaptive_inference.worker.compute_budget", () => model.BudgetOf(model.Load.Step), "1",
            "Mean compute fraction of images at the setting that the backlog allows now.");
    }

    /// <summary>Images that have a result.</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>Images, and messages as a whole, that were refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>A message is done with.</summary>
    /// <param name="outcome"><c>completed</c>, <c>refused</c> or <c>returned</c>.</param>
    public void Message(string outcome)
    {
        _messages.Add(1, new KeyValuePair<string, object?>(Outcome, outcome));
        if (outcome == "refused")
        {
            Interlocked.Increment(ref _refused);
        }
    }

    /// <summary>An image is done with.</summary>
    /// <param name="outcome"><c>scored</c>, <c>found</c> or <c>refused</c>.</param>
    public void Image(string outcome)
    {
        _images.Add(1, new KeyValuePair<string, object?>(Outcome, outcome));
        Interlocked.Increment(ref outcome == "refused" ? ref _refused : ref _done);
    }

    /// <summary>Results were written.</summary>
    public void Stored(int results, TimeSpan took)
    {
        _storing.Record(took.TotalSeconds);
        _storedAtOnce.Record(results);
    }

    /// <summary>A connection was made, or was not.</summary>
    /// <param name="error">Type of the error; null for one that was made.</param>
    public void Connection(string? error)
    {
        if (error is null)
        {
            _connections.Add(1);
        }
        else
        {
            _connections.Add(1, new KeyValuePair<string, object?>("error.type", error));
        }
    }
}
