using System.Globalization;
using static AdaptiveInference.ML.Transforms.Model.ShareText;

namespace AdaptiveInference.ML.Transforms;

/// <summary>What a <see cref="DriftMonitor"/> knew at one moment.</summary>
public sealed record DriftReport
{
    internal DriftReport()
    {
    }

    /// <summary>What that amounts to.</summary>
    public DriftVerdict Verdict { get; internal init; }

    /// <summary>Rows scored under the monitor.</summary>
    public long RowsSeen { get; internal init; }

    /// <summary>Rows of them that were compared with the whole network.</summary>
    public long RowsChecked { get; internal init; }

    /// <summary>Rows of <see cref="RowsChecked"/> on which the answers differed.</summary>
    public long Disagreements { get; internal init; }

    /// <summary><see cref="Disagreements"/> ÷ <see cref="RowsChecked"/>; NaN before the first check.</summary>
    public double Rate { get; internal init; }

    /// <summary>
    /// Lower end of the interval for the mean rate of disagreements over the rows checked so far, 0 to 1. The interval holds at all
    /// times together with the probability of <see cref="Confidence"/>, also when the rate changes meanwhile.
    /// </summary>
    public double LowerBound { get; internal init; }

    /// <summary>Upper end of the interval, 0 to 1.</summary>
    public double UpperBound { get; internal init; }

    /// <summary>The share of disagreements that is allowed.</summary>
    public double AllowedRate { get; internal init; }

    /// <summary>The confidence that was asked for.</summary>
    public double Confidence { get; internal init; }

    /// <summary>
    /// The probability, at most, of evidence for a break as strong as the strongest so far on a stream that always kept to
    /// <see cref="AllowedRate"/>: a p-value that holds at any time. <see cref="DriftVerdict.Broken"/> is at most 1 − <see
    /// cref="Confidence"/>.
    /// </summary>
    public double Level { get; internal init; }

    /// <summary>One sentence for people.</summary>
    public override string ToString()
    {
        var counts = RowsChecked == 0
            ? Text($"no row of {RowsSeen:#,0} checked yet, {Percent(AllowedRate)} % allowed")
            : Text($"{Disagreements:#,0} of {Count(RowsChecked, "checked row differs", "checked rows differ")} from the whole network (")
              + Text($"{Percent(Rate, "0.00")} %, with a confidence of {Percent(Confidence)} % from {Percent(LowerBound, "0.00")} to ")
              + Text($"{Percent(UpperBound, "0.00")} %; {Percent(AllowedRate)} % allowed; {Count(RowsSeen, "row")} seen; ")
              + Text($"level {Level:0.0000})");
        return Verdict switch
        {
            DriftVerdict.Holds => $"Holds: {counts}.",
            DriftVerdict.Broken => $"Broken: {counts}. Look at what has changed, choose the setting anew on data of today, and make a new "
                + "monitor.",
            _ => $"In doubt: {counts}.",
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
