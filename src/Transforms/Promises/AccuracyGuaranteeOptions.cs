using AdaptiveInference.ML.Transforms.Options;

namespace AdaptiveInference.ML.Transforms;

/// <summary>What <see cref="GatedResNetTransformer.WithAccuracyGuarantee"/> is to promise.</summary>
/// <remarks>Options are checked before any row is read; the exception lists everything that is wrong with them.</remarks>
public sealed record AccuracyGuaranteeOptions
{
    internal const double DefaultMaximumDrop = 0.01;
    internal const double DefaultConfidence = 0.95;
    internal const SavedQuantity DefaultSaves = SavedQuantity.Compute;
    internal const int DefaultSeed = 1;

    /// <summary>
    /// The largest drop of accuracy below that of the whole network, as a share of all images, above 0 and less than 1: 0.01 is one point.
    /// </summary>
    /// <value>The default is 0.01.</value>
    [InRange(0, 1, Above = true, Below = true)]
    public double MaximumDrop { get; init; } = DefaultMaximumDrop;

    /// <summary>
    /// How probable it is, over calibration data drawn anew, that the promise is kept: from 0.5 to less than 1.
    /// </summary>
    /// <value>The default is 0.95.</value>
    [InRange(0.5, 1, Below = true)]
    public double Confidence { get; init; } = DefaultConfidence;

    /// <summary>
    /// Key column of true labels. Its keys may count the classes in another order than the network's. Rows without a label, or with one
    /// that the network does not know, are left out.
    /// </summary>
    /// <value>
    /// The default is null: no labels. The promise is then that answers differ from those of the whole network on no more images than
    /// <see cref="MaximumDrop"/>, which is more than is needed, so that less is saved.
    /// </value>
    public string? LabelColumnName { get; init; }

    /// <summary>
    /// What the boldest setting saves most of. Time is measured on this machine and one core, for about a second; a certificate holds
    /// wherever the network runs, and what it saves there is another matter.
    /// </summary>
    /// <value>The default is <see cref="SavedQuantity.Compute"/>.</value>
    public SavedQuantity Saves { get; init; } = DefaultSaves;

    /// <summary>
    /// Name of a column of keys, texts or numbers that says which images belong together, such as pictures of one object: they stay on
    /// one side when the calibration rows are split, and of each group that certifies one image counts, drawn by <see cref="Seed"/>; the
    /// others are left out. An image whose value is missing stands alone.
    /// </summary>
    /// <value>The default is null: every image is on its own.</value>
    public string? GroupColumnName { get; init; }

    /// <summary>Which third of the rows chooses and which ones certify: the same seed splits the same rows in the same way.</summary>
    /// <value>The default is 1.</value>
    public int Seed { get; init; } = DefaultSeed;

    /// <exception cref="ArgumentException">One or more options are out of range; the message lists them all.</exception>
    internal void Check()
    {
        var check = new OptionCheck();
        check.Ranges(this);
        check.OptionalName(nameof(LabelColumnName), LabelColumnName);
        check.OptionalName(nameof(GroupColumnName), GroupColumnName);
        check.Require(
            GroupColumnName is null || GroupColumnName != LabelColumnName,
            $"GroupColumnName must not be that of the labels, got '{GroupColumnName}': one row of each class would count. Name another.");
        check.ThrowIfAny(nameof(AccuracyGuaranteeOptions));
    }
}
