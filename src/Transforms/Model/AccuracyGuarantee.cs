using AdaptiveInference.ML.Transforms.Model;
using static AdaptiveInference.ML.Transforms.Model.ShareText;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// What is certified about a network's setting of gates and exits: that its accuracy on data like the calibration data is at most so much
/// below that of the whole network, every block run and no early exit.
/// </summary>
/// <remarks>
/// It says nothing about a single class, nothing about data of another kind, and nothing if the network was trained on the calibration
/// rows.
/// </remarks>
public sealed record AccuracyGuarantee
{
    internal AccuracyGuarantee()
    {
    }

    /// <summary>Rows that certified: the two thirds of the calibration rows that had no say in the choice.</summary>
    public long Rows { get; internal init; }

    /// <summary>
    /// How many of <see cref="Rows"/> the setting answers wrongly and the whole network rightly; without labels, how many the two answer
    /// differently.
    /// </summary>
    public long Errors { get; internal init; }

    /// <summary>The largest drop that was allowed, as a share of all images.</summary>
    public double MaximumDrop { get; internal init; }

    /// <summary>How probable it is, over calibration data drawn anew, that the drop is not larger.</summary>
    public double Confidence { get; internal init; }

    /// <summary>
    /// The exact upper bound (Clopper–Pearson) of the share of such errors at this setting, given <see cref="Errors"/> in
    /// <see cref="Rows"/>: at most <see cref="MaximumDrop"/>, and 0 for the whole network, which is not below itself.
    /// </summary>
    public double UpperBound { get; internal init; }

    /// <summary>Mean compute fraction on the rows that certified.</summary>
    public double MeanComputeFraction { get; internal init; }

    /// <summary>
    /// Mean time on those rows, as a fraction of the whole network's on the machine that certified; null where time was not measured.
    /// </summary>
    public double? MeanTimeFraction { get; internal init; }

    /// <summary>Whether labels were known; without, the promise is agreement with the whole network.</summary>
    public bool HasLabels { get; internal init; }

    /// <summary>
    /// Share of <see cref="Rows"/> that the whole network answers rightly, 0 to 1; null without labels. A drop is counted from here: where
    /// it is lower than you know the network to be, labels and images do not belong together.
    /// </summary>
    public double? WholeNetworkAccuracy { get; internal init; }

    /// <summary>
    /// False where the whole network is not clearly more often right than a blind guess, which is right once in the number of classes (an
    /// exact binomial test at 1 %; of rows too few to certify anything, their plain share). Labels then seem to have nothing to do with the
    /// answers, and nothing is certified. True without labels.
    /// </summary>
    public bool LabelsFit { get; internal init; } = true;

    /// <summary>
    /// Whether labels were matched to the network's classes by their position, because keys or classes have no names to compare.
    /// </summary>
    public bool LabelsByPosition { get; internal init; }

    /// <summary>Calibration rows that were left out, for whichever reason.</summary>
    public long RowsLeftOut => RowsWithoutLabel + RowsOfOtherClasses + RowsOfSameGroup;

    /// <summary>Calibration rows that were left out because they had no label.</summary>
    public long RowsWithoutLabel { get; internal init; }

    /// <summary>Calibration rows that were left out because the network does not know their class.</summary>
    public long RowsOfOtherClasses { get; internal init; }

    /// <summary>Calibration rows that were left out because another one of their group certifies.</summary>
    public long RowsOfSameGroup { get; internal init; }

    /// <summary>
    /// Null where a setting that saves work is certified. Otherwise the network is set to run whole, and this is about how many calibration
    /// rows would have been enough: the least that can be where the rows given could certify nothing at all, else a rough estimate. 0 where
    /// no number would, because the most careful setting is already wrong too often, or because <see cref="LabelsFit"/> is false.
    /// </summary>
    public long? RowsNeeded { get; internal init; }

    /// <summary>One sentence for people, or some.</summary>
    public override string ToString()
    {
        var rest = (RowsNeeded == 0 ? "" : CalibrationText.Misfit(LabelsFit, "The whole network is", WholeNetworkAccuracy))
            + CalibrationText.LeftOut(RowsWithoutLabel, RowsOfOtherClasses, RowsOfSameGroup) + CalibrationText.ByPosition(LabelsByPosition);
        return RowsNeeded switch
        {
            null => Certified(),
            0 when !LabelsFit => $"Nothing is certified: the whole network is right on {Percent(WholeNetworkAccuracy ?? 0, "0.0")} % of "
                + $"{Count(Rows, "row")}, not clearly better than by guessing: {CalibrationText.Advice}",
            0 => $"Nothing is saved: no setting of gates and exits kept within {Percent(MaximumDrop)} % of the whole network on "
                + $"{Count(Rows, "row")}, so that more rows would not help. Allow a larger drop, or train longer.",
            { } needed => $"Nothing is saved: {Count(Rows, "row is", "rows are")} too few to certify {Percent(MaximumDrop)} % with a "
                + $"confidence of {Percent(Confidence)} %. {CertifyingRowsText.Advice(needed, Rows, MaximumDrop, Confidence)}",
        } + rest;
    }

    private string Certified()
    {
        var (what, by) = HasLabels
            ? ("accuracy is at most", $"{Points(MaximumDrop)} below the whole network's")
            : ("answers differ on at most", $"{Percent(MaximumDrop)} % of images from the whole network's");
        var time = MeanTimeFraction is { } fraction ? $" and {Percent(fraction, "0.0")} % of the time" : "";
        var whole = WholeNetworkAccuracy is { } accuracy
            ? $"; the whole network is right on {Percent(accuracy, "0.0")} % of them" : "";
        return $"Certified: {what} {by}, with a confidence of {Percent(Confidence)} %, at {Percent(MeanComputeFraction, "0.0")} % of the "
            + $"compute{time} ({Count(Errors, "error")} in {Count(Rows, "row")}, upper bound {Percent(UpperBound, "0.00")} %{whole}).";
    }
}
