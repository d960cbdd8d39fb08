using System.Globalization;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// Which answers are accepted, and what is certified about them: that on data like the calibration data at most so many of them are wrong.
/// </summary>
/// <remarks>
/// It says nothing about a single class, nothing about data of another kind, and nothing if the network was trained on the calibration
/// rows.
/// </remarks>
public sealed record RefusalGuarantee
{
    internal RefusalGuarantee()
    {
    }

    /// <summary>What an answer is accepted by.</summary>
    public RefusalScore Score { get; internal init; }

    /// <summary>
    /// An answer is accepted when its score is at least this; null when none is, because nothing could be certified.
    /// </summary>
    public float? Threshold { get; internal init; }

    /// <summary>Rows that certified: the two thirds of the calibration rows that had no say in the choice.</summary>
    public long Rows { get; internal init; }

    /// <summary>How many of <see cref="Rows"/> are accepted.</summary>
    public long Accepted { get; internal init; }

    /// <summary>How many of the accepted ones are wrong.</summary>
    public long Errors { get; internal init; }

    /// <summary>The largest share of wrong answers among the accepted that was allowed.</summary>
    public double MaximumRisk { get; internal init; }

    /// <summary>How probable it is, over calibration data drawn anew, that the share is not larger.</summary>
    public double Confidence { get; internal init; }

    /// <summary>
    /// The exact upper bound (Clopper–Pearson) of that share at this threshold, given <see cref="Errors"/> among <see cref="Accepted"/>: at
    /// most <see cref="MaximumRisk"/>, and 0 when no answer is accepted.
    /// </summary>
    public double UpperBound { get; internal init; }

    /// <summary>Share of the rows that are accepted.</summary>
    public double Coverage => Rows == 0 ? 0 : (double)Accepted / Rows;

    /// <summary>Calibration rows that were left out, because they had no label.</summary>
    public long RowsLeftOut { get; internal init; }

    /// <summary>
    /// Null where a threshold is certified. Otherwise no answer is accepted, and this is about how many calibration rows would have been
    /// enough; 0 where no number would, because even the surest answers are wrong too often.
    /// </summary>
    public long? RowsNeeded { get; internal init; }

    /// <summary>Whether an answer is accepted.</summary>
    /// <param name="score">Its score.</param>
    internal bool Accepts(float score) => Threshold is { } threshold && score >= threshold;

    /// <summary>One sentence for people, or two.</summary>
    public override string ToString()
    {
        var left = RowsLeftOut > 0 ? $" {Count(RowsLeftOut)} rows were left out for want of a label." : "";
        return RowsNeeded switch
        {
            null => Text($"Certified: at most {MaximumRisk * 100:0.###} % of the accepted answers are wrong, with a confidence of ")
                + Text($"{Confidence * 100:0.###} %; {Coverage * 100:0.0} % are accepted ({Count(Errors)} errors in {Count(Accepted)} ")
                + Text($"accepted of {Count(Rows)} rows, upper bound {UpperBound * 100:0.00} %).{left}"),
            0 => Text($"No answer is accepted: even the surest answers of {Count(Rows)} rows are wrong more often than ")
                + Text($"{MaximumRisk * 100:0.###} %, so that more rows would not help. Allow a larger risk, or train longer.{left}"),
            { } needed => Text($"No answer is accepted: {Count(Rows)} rows are too few to certify a risk of {MaximumRisk * 100:0.###} % ")
                + Text($"with a confidence of {Confidence * 100:0.###} %. Give about {Count(needed)} calibration rows, two thirds of ")
                + Text($"which certify.{left}"),
        };
    }

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
