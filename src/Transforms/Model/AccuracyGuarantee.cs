using System.Globalization;

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

    /// <summary>Calibration rows that were left out, because they had no label or one that the network does not know.</summary>
    public long RowsLeftOut { get; internal init; }

    /// <summary>
    /// Null where a setting that saves work is certified. Otherwise the network is set to run whole, and this is about how many calibration
    /// rows would have been enough; 0 where no number would, because the most careful setting is already wrong too often.
    /// </summary>
    public long? RowsNeeded { get; internal init; }

    /// <summary>One sentence for people, or two.</summary>
    public override string ToString()
    {
        var what = HasLabels ? "accuracy is at most" : "answers differ on at most";
        var below = HasLabels ? "points below the whole network's" : "% of images from the whole network's";
        var time = MeanTimeFraction is { } fraction ? Text($" and {fraction * 100:0.0} % of the time") : "";
        var left = RowsLeftOut > 0 ? $" {Count(RowsLeftOut)} rows were left out for want of a label that the network knows." : "";
        return RowsNeeded switch
        {
            null => Text(
                $"Certified: {what} {MaximumDrop * 100:0.###} {below}, with a confidence of {Confidence * 100:0.###} %, at ")
                + Text($"{MeanComputeFraction * 100:0.0} % of the compute{time} ({Count(Errors)} errors in {Count(Rows)} rows, ")
                + Text($"upper bound {UpperBound * 100:0.00} %).{left}"),
            0 => Text($"Nothing is saved: no setting of gates and exits kept within {MaximumDrop * 100:0.###} % of the whole network on ")
                + Text($"{Count(Rows)} rows, so that more rows would not help. Allow a larger drop, or train longer.{left}"),
            { } needed => Text($"Nothing is saved: {Count(Rows)} rows are too few to certify {MaximumDrop * 100:0.###} % with ")
                + Text($"a confidence of {Confidence * 100:0.###} %. Give about {Count(needed)} calibration rows, two thirds of ")
                + Text($"which certify.{left}"),
        };
    }

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
