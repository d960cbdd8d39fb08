using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Evaluation;

/// <summary>Sums over the execution paths of scored rows, in total and by true class.</summary>
internal sealed class PathStatistics
{
    private readonly HashSet<string> _paths = [];
    private readonly long[] _classRows;
    private readonly long[,] _runs;

    private readonly char[] _path;

    public PathStatistics(ScoredColumns columns)
    {
        ClassNames = columns.ClassNames;
        BlockNames = columns.BlockNames;
        FullMacs = columns.FullMacs;
        _classRows = new long[ClassNames.Count];
        _runs = new long[ClassNames.Count, BlockNames.Count];
        _path = new char[BlockNames.Count];
    }

    public IReadOnlyList<string> ClassNames { get; }

    public IReadOnlyList<string> BlockNames { get; }

    public long FullMacs { get; }

    public long Rows { get; private set; }

    public double ComputeFractionSum { get; private set; }

    public int DistinctPaths => _paths.Count;

    /// <summary>Rows with a label that the network knows.</summary>
    public long LabelledRows { get; private set; }

    /// <summary>Rows with a score that is NaN.</summary>
    public long RowsWithoutAnswer { get; private set; }

    /// <summary>Rows whose answer is accepted.</summary>
    public long AcceptedRows { get; private set; }

    /// <summary>Of these, rows with a label that the network knows, and how many of them are answered wrongly.</summary>
    public long AcceptedLabelledRows { get; private set; }

    /// <inheritdoc cref="AcceptedLabelledRows"/>
    public long AcceptedErrors { get; private set; }

    /// <summary>Rows of a class.</summary>
    public long RowsOf(int classIndex) => _classRows[classIndex];

    /// <summary>Share of a class's rows that ran a block; NaN for a class without rows.</summary>
    public double RateOf(int classIndex, int block) => _runs[classIndex, block] / (double)_classRows[classIndex];

    /// <summary>Share of all rows with a label that ran a block; NaN when there are none.</summary>
    public double RateOf(int block)
        => Enumerable.Range(0, ClassNames.Count).Sum(classIndex => _runs[classIndex, block]) / (double)LabelledRows;

    /// <summary>Which blocks ran, from the values of an execution path.</summary>
    public static void Read(in VBuffer<float> path, Span<bool> ran)
    {
        var block = 0;
        foreach (var value in path.DenseValues())
        {
            ran[block++] = value > 0.5f;
        }
    }

    /// <summary>Counts a row's answer.</summary>
    /// <param name="label">Its class, negative when there is none that the network knows.</param>
    /// <param name="answer">The class answered, or <see cref="ScoredAnswer.None"/>.</param>
    /// <param name="isAccepted">Whether it is accepted.</param>
    public void AddAnswer(int label, int answer, bool isAccepted)
    {
        RowsWithoutAnswer += answer == ScoredAnswer.None ? 1 : 0;
        if (isAccepted)
        {
            AcceptedRows++;
            AcceptedLabelledRows += label >= 0 ? 1 : 0;
            AcceptedErrors += label >= 0 && label != answer ? 1 : 0;
        }
    }

    /// <summary>Counts a row.</summary>
    /// <param name="label">Its class, negative when there is none that the network knows.</param>
    /// <param name="ran">Blocks that ran.</param>
    /// <param name="computeFraction">What it cost.</param>
    public void Add(int label, ReadOnlySpan<bool> ran, float computeFraction)
    {
        Rows++;
        ComputeFractionSum += computeFraction;
        for (var block = 0; block < ran.Length; block++)
        {
            _path[block] = ran[block] ? '1' : '0';
            if (label >= 0 && ran[block])
            {
                _runs[label, block]++;
            }
        }

        _paths.Add(new string(_path));
        if (label >= 0)
        {
            _classRows[label]++;
            LabelledRows++;
        }
    }

    /// <exception cref="ArgumentException">There were no rows, or none with a label.</exception>
    public void Complete()
    {
        if (Rows == 0)
        {
            throw new ArgumentException("There are no rows to evaluate.", "data");
        }

        if (LabelledRows == 0)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"None of the {Rows} rows has a label that the model knows ({ClassList.List(ClassNames)}), ")
                + "so that there is nothing to evaluate. Map labels to the key values of the training data.",
                "data");
        }
    }
}
