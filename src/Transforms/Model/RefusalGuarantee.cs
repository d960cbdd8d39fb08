using AdaptiveInference.ML.Transforms.Model;
using static AdaptiveInference.ML.Transforms.Model.ShareText;

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

    /// <summary>
    /// Share of <see cref="Rows"/> that are answered rightly, 0 to 1, accepted or not. Where it is lower than you know the network to be,
    /// labels and images do not belong together.
    /// </summary>
    public double Accuracy { get; internal init; }

    /// <summary>
    /// False where the network is not clearly more often right than a blind guess, which is right once in the number of classes (an exact
    /// binomial test at 1 %; of rows too few to certify anything, their plain share). Labels then seem to have nothing to do with the
    /// answers.
    /// </summary>
    public bool LabelsFit { get; internal init; } = true;

    /// <summary>
    /// Whether labels were matched to the network's classes by their position, because keys or classes have no names to compare.
    /// </summary>
    public bool LabelsByPosition { get; internal init; }

    /// <summary>Calibration rows that were left out, for whichever reason.</summary>
    public long RowsLeftOut => RowsWithoutLabel + RowsOfSameGroup;

    /// <summary>Calibration rows that were left out because they had no label.</summary>
    public long RowsWithoutLabel { get; internal init; }

    /// <summary>Calibration rows of classes that the network does not know: they are not left out, and are answered wrongly.</summary>
    public long RowsOfOtherClasses { get; internal init; }

    /// <summary>Calibration rows that were left out because another one of their group certifies.</summary>
    public long RowsOfSameGroup { get; internal init; }

    /// <summary>
    /// Null where a threshold is certified. Otherwise no answer is accepted, and this is about how many calibration rows would have been
    /// enough: the least that can be where the rows given could certify nothing at all, else a rough estimate. 0 where no number would,
    /// because even the surest answers are wrong too often.
    /// </summary>
    public long? RowsNeeded { get; internal init; }

    /// <summary>Whether an answer is accepted.</summary>
    /// <param name="score">Its score.</param>
    internal bool Accepts(float score) => Threshold is { } threshold && score >= threshold;

    /// <summary>One sentence for people, or some.</summary>
    public override string ToString()
    {
        var others = RowsOfOtherClasses == 0 ? ""
            : $" {Count(RowsOfOtherClasses, "row")} of classes that the network does not know "
                + $"{(RowsOfOtherClasses == 1 ? "counts" : "count")} as answered wrongly.";
        var rest = CalibrationText.Misfit(LabelsFit, "The network is", Accuracy) + others
            + CalibrationText.LeftOut(RowsWithoutLabel, otherClasses: 0, RowsOfSameGroup) + CalibrationText.ByPosition(LabelsByPosition);
        return RowsNeeded switch
        {
            null => $"Certified: at most {Percent(MaximumRisk)} % of the accepted answers are wrong, with a confidence of "
                + $"{Percent(Confidence)} %; {Percent(Coverage, "0.0")} % are accepted ({Count(Errors, "error")} in {Count(Accepted)} "
                + $"accepted of {Count(Rows, "row")}, upper bound {Percent(UpperBound, "0.00")} %; of all {Percent(Accuracy, "0.0")} % are "
                + "right).",
            0 => $"No answer is accepted: even the surest answers of {Count(Rows, "row")} are wrong more often than "
                + $"{Percent(MaximumRisk)} %, so that more rows would not help."
                + (LabelsFit ? " Allow a larger risk, or train longer." : ""),
            { } needed => $"No answer is accepted: {Count(Rows, "row is", "rows are")} too few to certify a risk of "
                + $"{Percent(MaximumRisk)} % with a confidence of {Percent(Confidence)} %. "
                + CertifyingRowsText.Advice(needed, Rows, MaximumRisk, Confidence),
        } + rest;
    }
}
