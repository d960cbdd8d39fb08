using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Options;

namespace AdaptiveInference.ML.Transforms;

/// <summary>What <see cref="GatedResNetTransformer.WithRefusal"/> is to promise.</summary>
/// <remarks>Options are checked before any row is read; the exception lists everything that is wrong with them.</remarks>
public sealed record RefusalOptions
{
    internal const double DefaultMaximumRisk = 0.02;
    internal const double DefaultConfidence = 0.95;
    internal const string DefaultLabelColumnName = "Label";
    internal const string DefaultAcceptedColumnName = "Accepted";
    internal const RefusalScore DefaultScore = RefusalScore.Distance;
    internal const int DefaultSeed = 1;

    /// <summary>The largest share of wrong answers among those that are accepted, above 0 and less than 1.</summary>
    /// <value>The default is 0.02.</value>
    [InRange(0, 1, Above = true, Below = true)]
    public double MaximumRisk { get; init; } = DefaultMaximumRisk;

    /// <summary>
    /// How probable it is, over calibration data drawn anew, that the promise is kept: from 0.5 to less than 1.
    /// </summary>
    /// <value>The default is 0.95.</value>
    [InRange(0.5, 1, Below = true)]
    public double Confidence { get; init; } = DefaultConfidence;

    /// <summary>
    /// Key column of true labels. Its keys may count the classes in another order than the network's. Rows without a label are left out; a
    /// row of a class that the network does not know counts as answered wrongly, which it is.
    /// </summary>
    /// <value>The default is <c>"Label"</c>.</value>
    public string LabelColumnName { get; init; } = DefaultLabelColumnName;

    /// <summary>
    /// Name of the Boolean column that says whether an answer is accepted. It must not be that of a column that is needed, and the data may
    /// have no column of another type by this name.
    /// </summary>
    /// <value>The default is <c>"Accepted"</c>.</value>
    public string AcceptedColumnName { get; init; } = DefaultAcceptedColumnName;

    /// <summary>What an answer is accepted by.</summary>
    /// <value>The default is <see cref="RefusalScore.Distance"/>.</value>
    public RefusalScore Score { get; init; } = DefaultScore;

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
    internal void Check(ScoringColumns columns)
    {
        var check = new OptionCheck();
        check.Ranges(this);
        check.Name(nameof(LabelColumnName), LabelColumnName);
        check.Name(nameof(AcceptedColumnName), AcceptedColumnName);
        check.OptionalName(nameof(GroupColumnName), GroupColumnName);
        check.Require(
            GroupColumnName is null || GroupColumnName != LabelColumnName,
            $"GroupColumnName must not be that of the labels, got '{GroupColumnName}': one row of each class would count. Name another.");
        string?[] taken =
        [
            columns.Features, columns.Score, columns.PredictedLabel, columns.ExecutionPath, columns.ComputeFraction, LabelColumnName,
            GroupColumnName,
        ];
        check.Require(
            string.IsNullOrWhiteSpace(AcceptedColumnName) || !taken.Contains(AcceptedColumnName),
            $"AcceptedColumnName must not be '{AcceptedColumnName}', which is the name of another column that is needed. Choose another.");
        check.ThrowIfAny(nameof(RefusalOptions));
    }
}
