using AdaptiveInference.ML.Transforms.Evaluation;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms;

/// <summary>Quality of a gated network's predictions and what they cost.</summary>
/// <remarks>Costs are multiply–accumulates (MACs) with stem, shortcuts, gates and heads counted.</remarks>
public sealed class AdaptiveMetrics
{
    internal AdaptiveMetrics(MulticlassClassificationMetrics classification, PathStatistics paths, ScoredColumns columns)
    {
        Classification = classification;
        Rows = paths.Rows;
        LabelledRows = paths.LabelledRows;
        ClassNames = paths.ClassNames;
        BlockNames = paths.BlockNames;
        MeanComputeFraction = paths.ComputeFractionSum / paths.Rows;
        FullMacs = paths.FullMacs;
        MeanMacs = MeanComputeFraction * paths.FullMacs;
        DistinctPaths = paths.DistinctPaths;
        RowsWithoutAnswer = paths.RowsWithoutAnswer;
        LabelsByPosition = columns.Order.IsByPosition;
        if (columns.Accepted is not null)
        {
            Coverage = paths.AcceptedRows / (double)paths.Rows;
            Risk = paths.AcceptedErrors / (double)paths.AcceptedLabelledRows;
        }

        var classes = Enumerable.Range(0, ClassNames.Count).ToArray();
        BlockRates = Rates(paths.RateOf);
        ClassBlockRates = [.. classes.Select(c => Rates(block => paths.RateOf(c, block)))];
    }

    /// <summary>
    /// ML.NET's own metrics: accuracy, log-loss, confusion matrix. Rows of <see cref="RowsWithoutAnswer"/> count as wrong in all of them.
    /// </summary>
    public MulticlassClassificationMetrics Classification { get; }

    /// <summary>Number of rows.</summary>
    public long Rows { get; }

    /// <summary>
    /// Number of rows with a label that the model knows: accuracy and the figures by class are of these, costs are of all rows.
    /// </summary>
    public long LabelledRows { get; }

    /// <summary>
    /// Number of rows with a score that is NaN, such as a cascade's second model may give: they have no answer and count as answered
    /// wrongly, in the confusion matrix as another class, the first. Infinite scores compare as numbers do.
    /// </summary>
    public long RowsWithoutAnswer { get; }

    /// <summary>
    /// Whether labels were matched to the model's classes by their position, because keys or classes have no names to compare.
    /// </summary>
    public bool LabelsByPosition { get; }

    /// <summary>
    /// Mean compute fraction of all rows: MACs spent ÷ <see cref="FullMacs"/>, 0 to 1 or slightly above, because gates cost a little too.
    /// NaN where a cascade's second model, which does not say what it costs, answered a row.
    /// </summary>
    public double MeanComputeFraction { get; }

    /// <summary>Mean MACs per image.</summary>
    public double MeanMacs { get; }

    /// <summary>MACs of one image with every block run, no gates and no early exits; of a cascade, in its second network.</summary>
    public long FullMacs { get; }

    /// <summary>
    /// Share of all rows whose answer is accepted, 0 to 1; null where none is refused, because the network is without
    /// <see cref="GatedResNetTransformer.WithRefusal"/>.
    /// </summary>
    public double? Coverage { get; }

    /// <summary>
    /// Share of wrong answers among the accepted ones, of rows with a label that the model knows, 0 to 1; NaN where none is accepted; null
    /// where none is refused.
    /// </summary>
    public double? Risk { get; }

    /// <summary>Share of the images with a label that ran each block, 0 to 1, in block order.</summary>
    public IReadOnlyList<double> BlockRates { get; }

    /// <summary>The same by true class: first index the class, second the block. NaN for a class without rows.</summary>
    public IReadOnlyList<IReadOnlyList<double>> ClassBlockRates { get; }

    /// <summary>Number of different execution paths that the images took.</summary>
    public int DistinctPaths { get; }

    /// <summary>Names of the model's classes in its order.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Names of the blocks in order.</summary>
    public IReadOnlyList<string> BlockNames { get; }

    /// <summary>A table for people: accuracy and cost, then the share of images that ran each block, in total and by
    /// class; of many classes those that run the fewest blocks and the most.</summary>
    public override string ToString() => AdaptiveMetricsTable.Format(this);

    private double[] Rates(Func<int, double> rateOf) => [.. Enumerable.Range(0, BlockNames.Count).Select(rateOf)];
}
