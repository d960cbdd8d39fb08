using AdaptiveInference.ML.Reports.Drawing;
using AdaptiveInference.ML.Transforms.Evaluation;

namespace AdaptiveInference.ML.Reports.Data;

/// <summary>What the report keeps of the scored rows: sums and a few examples, whose size does not depend on the number of rows.</summary>
internal sealed class RowSummary(ScoredColumns columns)
{
    /// <summary>With more classes, examples are shown over all of them together.</summary>
    public const int MostClassesWithExamples = 24;

    private const int ExamplesPerClass = 3;
    private const int ExamplesOverAll = 12;

    private readonly Dictionary<(int True, int Predicted), long> _confusion = [];
    private readonly PathStatistics _paths = new(columns);
    private readonly ExampleBoard[] _boards = columns.ClassNames.Count <= MostClassesWithExamples
        ? [.. columns.ClassNames.Select(_ => new ExampleBoard(ExamplesPerClass))]
        : [new ExampleBoard(ExamplesOverAll)];

    private readonly (long Rows, long Wrong)[] _accepted = new (long, long)[columns.ClassNames.Count];

    private double _logLoss;
    private long _right;

    public IReadOnlyList<string> ClassNames => columns.ClassNames;

    public IReadOnlyList<string> BlockNames => columns.BlockNames;

    public long FullMacs => columns.FullMacs;

    public long Rows => _paths.Rows;

    /// <summary>Whether keys were taken for classes by their position, for want of names.</summary>
    public bool LabelsByPosition => columns.Order.IsByPosition;

    /// <summary>Rows with a label; accuracy and everything by class is of these.</summary>
    public long Labelled => _paths.LabelledRows;

    public double Accuracy => _right / (double)Labelled;

    public double LogLoss => _logLoss / Labelled;

    public double MeanFraction => _paths.ComputeFractionSum / Rows;

    public int DistinctPaths => _paths.DistinctPaths;

    public CostHistogram Costs { get; } = new();

    /// <summary>Of the rows with a label.</summary>
    public CoverageHistogram Coverage { get; } = new();

    /// <summary>How often each class was taken for each; pairs that did not occur are missing.</summary>
    public IReadOnlyDictionary<(int True, int Predicted), long> Confusion => _confusion;

    /// <summary>One per class, or a single one over all classes where there are many.</summary>
    public IReadOnlyList<ExampleBoard> Examples => _boards;

    public long RowsOf(int label) => _paths.RowsOf(label);

    public double RecallOf(int label) => _confusion.GetValueOrDefault((label, label)) / (double)RowsOf(label);

    /// <summary>Share of a class's images that ran a block; NaN for a class without images.</summary>
    public double RateOf(int label, int block) => _paths.RateOf(label, block);

    /// <summary>Share of all labelled images that ran a block.</summary>
    public double RateOf(int block) => _paths.RateOf(block);

    /// <summary>Whether answers are refused at all.</summary>
    public bool HasAccepted { get; private set; }

    /// <summary>Accepted rows of a class, and how many of them are answered wrongly.</summary>
    public (long Rows, long Wrong) AcceptedOf(int label) => _accepted[label];

    /// <summary>Counts a row.</summary>
    /// <param name="row">The row's values.</param>
    /// <param name="picture">Makes its thumbnail; called only when the row is shown.</param>
    public void Add(in ScoredValues row, Func<Thumbnail?> picture)
    {
        _paths.Add(row.Label, row.Path, row.Fraction);
        Costs.Add(row.Fraction);
        if (row.Label < 0)
        {
            return;
        }

        var (label, predicted, probability, fraction, path) = row;
        var number = Rows - 1;
        _right += label == predicted ? 1 : 0;
        Coverage.Add(row.Probability, label != predicted);
        HasAccepted |= row.IsAccepted is not null;
        if (row.IsAccepted is true)
        {
            _accepted[label] = (_accepted[label].Rows + 1, _accepted[label].Wrong + (label != predicted ? 1 : 0));
        }

        // ML.NET's own floor, so that the figures agree.
        _logLoss -= Math.Log(Math.Max(probability, 1e-15));
        _confusion[(label, predicted)] = _confusion.GetValueOrDefault((label, predicted)) + 1;
        var board = _boards[_boards.Length == 1 ? 0 : label];
        board.Offer(
            number, label == predicted, probability, fraction,
            () => new Example(number, label, predicted, probability, fraction, [.. path], picture()));
    }
}

/// <summary>The values of one scored row.</summary>
/// <param name="Label">Class from 0, negative when the label is missing.</param>
/// <param name="Predicted">Most probable class.</param>
/// <param name="TrueProbability">Probability of the label's class.</param>
/// <param name="Fraction">Share of the full network's MACs.</param>
/// <param name="Path">For each block whether it ran. Overwritten by the next row.</param>
internal readonly record struct ScoredValues(int Label, int Predicted, float TrueProbability, float Fraction, bool[] Path)
{
    /// <summary>Probability of the most probable class.</summary>
    public float Probability { get; init; }

    /// <summary>Whether the answer is accepted; null where all are taken as they come.</summary>
    public bool? IsAccepted { get; init; }
}
