using System.Diagnostics;

namespace AdaptiveInference.ML.Transforms.Diagnostics;

/// <summary>
/// Metrics and spans of one network's images. Attribute values are made once, so that an image that is measured allocates nothing either.
/// </summary>
/// <param name="network">Family and depth.</param>
/// <param name="exits">Name of each exit, in order.</param>
internal sealed class ScoringTelemetry(string network, string[] exits)
{
    private readonly KeyValuePair<string, object?> _network = new(TagNames.Network, network);

    /// <summary>Family and depth of the network.</summary>
    public string Network => network;

    /// <summary>Begins an image: the time, or 0 when nobody wants to know how long it takes.</summary>
    public static long Start() => Instruments.ImageDuration.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Begins the span of an image that is scored by itself; null when nobody traces.</summary>
    public Activity? StartSpan()
    {
        // Asked first: without a listener not even the arguments of a span are made.
        if (!Instruments.Spans.HasListeners())
        {
            return null;
        }

        var span = Instruments.Spans.StartActivity("adaptive_inference.predict");
        span?.SetTag(TagNames.Network, network);
        return span;
    }

    /// <summary>Counts an image that was scored.</summary>
    /// <param name="start">What <see cref="Start"/> gave.</param>
    /// <param name="span">Its span, if any; is told what it cost.</param>
    /// <param name="exit">Index of the exit taken, −1 for none, −2 where no head is evaluated.</param>
    /// <param name="computeFraction">What it cost.</param>
    /// <param name="isAccepted">Whether its answer is accepted.</param>
    public void Scored(long start, Activity? span, int exit, double computeFraction, bool isAccepted)
    {
        if (start != 0)
        {
            Instruments.ImageDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, _network);
        }

        if (Instruments.Images.Enabled)
        {
            Instruments.Images.Add(1, _network, new KeyValuePair<string, object?>(TagNames.Exit, NameOf(exit)));
        }

        if (Instruments.ComputeFraction.Enabled)
        {
            Instruments.ComputeFraction.Record(computeFraction, _network);
        }

        if (!isAccepted && Instruments.Refusals.Enabled)
        {
            Instruments.Refusals.Add(1, _network);
        }

        if (span is not null)
        {
            span.SetTag(TagNames.Exit, NameOf(exit));
            span.SetTag(TagNames.ComputeFraction, computeFraction);
        }
    }

    /// <summary>Counts an image that could not be scored.</summary>
    public void Failed(long start, Activity? span, Exception error)
    {
        var type = new KeyValuePair<string, object?>(TagNames.ErrorType, error.GetType().FullName);
        if (start != 0)
        {
            Instruments.ImageDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, _network, type);
        }

        if (Instruments.Images.Enabled)
        {
            Instruments.Images.Add(1, _network, type);
        }

        Fail(span, error);
    }

    /// <summary>Marks a span as failed.</summary>
    public static void Fail(Activity? span, Exception error)
    {
        span?.SetTag(TagNames.ErrorType, error.GetType().FullName);
        span?.SetStatus(ActivityStatusCode.Error, error.Message);
    }

    private string NameOf(int exit) => exit switch
    {
        >= 0 => exits[exit],
        -1 => TagNames.LastHead,
        _ => TagNames.NoHead,
    };
}
