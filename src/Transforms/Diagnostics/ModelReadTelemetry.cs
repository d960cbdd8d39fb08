using System.Diagnostics;

namespace AdaptiveInference.ML.Transforms.Diagnostics;

/// <summary>Metrics and spans of model files that are read.</summary>
internal static class ModelReadTelemetry
{
    /// <summary>Reads a model and counts it.</summary>
    /// <param name="read">Reads it.</param>
    /// <param name="networkOf">Family and depth of what was read; called only when somebody listens.</param>
    public static T Measure<T>(Func<T> read, Func<T, string> networkOf)
    {
        if (!Instruments.ModelLoads.Enabled && !Instruments.ModelLoadDuration.Enabled && !Instruments.Spans.HasListeners())
        {
            return read();
        }

        var start = Stopwatch.GetTimestamp();
        using var span = Instruments.Spans.StartActivity("adaptive_inference.load");
        try
        {
            var result = read();
            var network = networkOf(result);
            span?.SetTag(TagNames.Network, network);
            Count(start, new KeyValuePair<string, object?>(TagNames.Network, network));
            return result;
        }
        catch (Exception error)
        {
            ScoringTelemetry.Fail(span, error);
            Count(start, new KeyValuePair<string, object?>(TagNames.ErrorType, error.GetType().FullName));
            throw;
        }
    }

    private static void Count(long start, KeyValuePair<string, object?> tag)
    {
        Instruments.ModelLoadDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tag);
        Instruments.ModelLoads.Add(1, tag);
    }
}
