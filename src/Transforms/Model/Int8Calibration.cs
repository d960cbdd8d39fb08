using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// How <see cref="GatedResNetTransformer.WithInt8"/> chose what 8-bit numbers stand for, and what that changed on its rows.
/// </summary>
public sealed record Int8Calibration
{
    /// <summary>More rows say no more: extremes and a ten-thousandth of the values are of many pixels of every image.</summary>
    internal const int MostRows = 1000;

    /// <summary>Rows that were used.</summary>
    public required long Rows { get; init; }

    /// <summary>What the range of each feature map was taken from.</summary>
    public required Int8Range Range { get; init; }

    /// <summary>Share of rows, from 0 to 1, whose class stayed the same; null for a network without classes.</summary>
    public required double? SameAnswers { get; init; }

    /// <summary>Share of decisions of gates, from 0 to 1, that stayed the same; null where none were made.</summary>
    public required double? SameGates { get; init; }

    /// <summary>
    /// Share of rows, from 0 to 1, that left at the same exit or at the last head as before; null for a network without exits.
    /// </summary>
    public required double? SameExits { get; init; }

    /// <summary>
    /// Mean over rows of the largest difference of a class probability; for a network without classes, of the length of the difference
    /// between the features of all heads, as a share of theirs.
    /// </summary>
    public required double MeanDifference { get; init; }

    /// <summary>
    /// Convolutions that would be faster in 8 bits and stay in 32, because with them more than a quarter of a percent of gate decisions or
    /// exits would change at thresholds around the present ones, or a twentieth of the answers; 0 with <see cref="Int8Choice.All"/>.
    /// </summary>
    public int ConvolutionsLeftOut { get; init; }

    /// <summary>
    /// Whether an <see cref="ExitHeadsTrainer"/> fitted the heads to the network in 8 bits afterwards. What stayed the same is said of the
    /// network before, with its heads of then.
    /// </summary>
    public bool HeadsFittedAfterwards { get; init; }

    /// <summary>Whether thresholds of gates and exits were chosen for the network in 8 bits; if not, they are those of before.</summary>
    public bool ThresholdsChosenAfterwards { get; init; }

    internal bool HasDecisions => SameGates is not null || SameExits is not null;

    /// <summary>Advice where convolutions stayed in 32 bits for heads that are no more; null where none did.</summary>
    internal string? LeftOutBefore => ConvolutionsLeftOut == 0
        ? null
        : $"For the heads before, {LeftOut}: quantise the network without exits, and fit heads to that.";

    private string LeftOut
        => $"{ShareText.Count(ConvolutionsLeftOut, "convolution that is", "convolutions that are")} faster in 8 bits stayed in 32";

    /// <summary>What it says, in one or two sentences.</summary>
    public override string ToString()
    {
        var rows = $"8 bits by {ShareText.Count(Rows, "row")} ({Range})";
        if (HeadsFittedAfterwards)
        {
            var before = LeftOutBefore is { } advice ? " " + advice : "";
            return $"{rows}; the heads were fitted afterwards, to what the network gives in 8 bits.{before}";
        }

        string?[] same = [Share(SameAnswers, "answers"), Share(SameGates, "gate decisions"), Share(SameExits, "exits")];
        string[] known = [.. same.OfType<string>()];
        var leftOut = ConvolutionsLeftOut == 0 ? "" : $" To that end {LeftOut}.";
        return known.Length == 0
            ? $"{rows}: what heads read changed by {ShareText.Percent(MeanDifference, "0.##")} % on average."
            : $"{rows}: {ShareText.All(known)} stayed as they were.{leftOut}";
    }

    private static string? Share(double? share, string what)
        => share is { } value ? FormattableString.Invariant($"{100 * value:0.0#} % of {what}") : null;
}
