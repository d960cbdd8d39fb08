using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AdaptiveInference.ML.Transforms.Tests.Diagnostics;

/// <summary>
/// Listens to the library's meter and spans, and keeps what is said about one network: other tests of the process score others.
/// </summary>
internal sealed class Recording : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(string Name, double Value, string Tags)> _measures = [];
    private readonly MeterListener _meters = new();
    private readonly ActivityListener? _spans;

    public Recording(string tag, string value, bool withSpans = false)
    {
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == AdaptiveTelemetry.Name)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>((instrument, number, tags, _) => Add(instrument, number, tags));
        _meters.SetMeasurementEventCallback<double>((instrument, number, tags, _) => Add(instrument, number, tags));
        _meters.SetMeasurementEventCallback<int>((instrument, number, tags, _) => Add(instrument, number, tags));
        _meters.Start();
        if (withSpans)
        {
            _spans = new ActivityListener
            {
                ShouldListenTo = source => source.Name == AdaptiveTelemetry.Name,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = span =>
                {
                    if (Equals(span.GetTagItem(tag), value))
                    {
                        lock (_lock)
                        {
                            Spans.Add(span);
                        }
                    }
                },
            };
            ActivitySource.AddActivityListener(_spans);
        }

        void Add(Instrument instrument, double number, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var (mine, others) = (false, new List<string>());
            foreach (var (key, content) in tags)
            {
                if (key == tag)
                {
                    mine = Equals(content, value);
                }
                else
                {
                    others.Add($"{key}={content}");
                }
            }

            if (mine)
            {
                lock (_lock)
                {
                    _measures.Add((instrument.Name, number, string.Join(",", others)));
                }
            }
        }
    }

    public List<Activity> Spans { get; } = [];

    /// <summary>Values of one metric, in order.</summary>
    public double[] Of(string name) => [.. Measures(name).Select(measure => measure.Value)];

    /// <summary>Sums of one metric by its other attributes.</summary>
    public Dictionary<string, double> ByTags(string name)
        => Measures(name).GroupBy(measure => measure.Tags).ToDictionary(group => group.Key, group => group.Sum(measure => measure.Value));

    public void Dispose()
    {
        _meters.Dispose();
        _spans?.Dispose();
    }

    private List<(string Name, double Value, string Tags)> Measures(string name)
    {
        lock (_lock)
        {
            return [.. _measures.Where(measure => measure.Name == name)];
        }
    }
}
