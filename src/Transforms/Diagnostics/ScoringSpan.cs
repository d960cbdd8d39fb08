using System.Diagnostics;

namespace AdaptiveInference.ML.Transforms.Diagnostics;

/// <summary>
/// The span of one pass over data, from its first row to the end of its cursor. It is not the current span meanwhile: between two rows the
/// caller does other things, whose spans are no part of this one.
/// </summary>
internal sealed class ScoringSpan
{
    private readonly Activity _span;

    private ScoringSpan(Activity span) => _span = span;

    /// <summary>Begins the span; null when nobody traces.</summary>
    public static ScoringSpan? Start(string network)
    {
        if (!Instruments.Spans.HasListeners())
        {
            return null;
        }

        var current = Activity.Current;
        var span = Instruments.Spans.StartActivity("adaptive_inference.transform");
        Activity.Current = current;
        span?.SetTag(TagNames.Network, network);
        return span is null ? null : new ScoringSpan(span);
    }

    /// <summary>Ends the span.</summary>
    /// <param name="images">Rows that were returned.</param>
    public void Stop(long images)
    {
        var current = Activity.Current;
        _span.SetTag(TagNames.Images, images);
        _span.Stop();
        Activity.Current = current;
    }
}
