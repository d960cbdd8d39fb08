namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// How <see cref="GatedResNetTransformer.WithInt8"/> chose what 8-bit numbers stand for, and what that changed on its rows.
/// </summary>
public sealed record Int8Calibration
{
    /// <summary>Rows that were used.</summary>
    public required long Rows { get; init; }

    /// <summary>What the range of each feature map was taken from.</summary>
    public required Int8Range Range { get; init; }

    /// <summary>Share of rows, from 0 to 1, whose class stayed the same; 1 for a network without classes.</summary>
    public required double SameAnswers { get; init; }

    /// <summary>Share of decisions of gates, from 0 to 1, that stayed the same; 1 where there are none.</summary>
    public required double SameGates { get; init; }

    /// <summary>Share of rows, from 0 to 1, that left at the same exit or at the last head as before.</summary>
    public required double SameExits { get; init; }

    /// <summary>
    /// Mean over rows of the largest difference of a class probability; for a network without classes, of the length of the difference
    /// between the features of all heads, as a share of theirs.
    /// </summary>
    public required double MeanDifference { get; init; }

    /// <summary>
    /// Convolutions that would be faster in 8 bits and stay in 32, because with them more than a quarter of a percent of gate decisions or
    /// exits would have changed, or more than one row's where rows are few; 0 with <see cref="Int8Choice.All"/>.
    /// </summary>
    public int ConvolutionsLeftOut { get; init; }

    /// <summary>
    /// Whether an <see cref="ExitHeadsTrainer"/> fitted the heads to the network in 8 bits afterwards. Then nothing is to be chosen again,
    /// and what stayed the same is said of the network before, with its heads of then.
    /// </summary>
    public bool HeadsFittedAfterwards { get; init; }

    /// <summary>What it says, in two or three sentences.</summary>
    public override string ToString()
    {
        if (HeadsFittedAfterwards)
        {
            return FormattableString.Invariant(
                $"8 bits by {Rows} rows ({Range}); the heads were fitted afterwards, to what the network gives in 8 bits.");
        }

        var same = FormattableString.Invariant(
            $"{100 * SameAnswers:0.0#} % of answers, {100 * SameGates:0.0#} % of gate decisions and {100 * SameExits:0.0#} % of exits");
        return FormattableString.Invariant(
            $"8 bits by {Rows} rows ({Range}): {same} stayed as they were.{LeftOut()} Choose thresholds and certify again.");
    }

    private string LeftOut() => ConvolutionsLeftOut == 0
        ? ""
        : FormattableString.Invariant($" To that end {ConvolutionsLeftOut} convolutions that are faster in 8 bits stayed in 32.");
}
