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

    /// <summary>Rows of a class.</summary>
    public long RowsOf(int classIndex) => _classRows[classIndex];

    /// <summary>Rows of a class that ran a block.</summary>
    public long Runs(int classIndex, int block) => _runs[classIndex, block];

    /// <summary>Counts a row.</summary>
    /// <param name="label">Its class, negative when there is none that the network knows.</param>
    /// <param name="ran">Blocks that ran.</param>
    /// <param name="computeFraction">What it cost.</param>
    public void Add(int label, in VBuffer<float> ran, float computeFraction)
    {
        Rows++;
        ComputeFractionSum += computeFraction;
        var block = 0;
        foreach (var value in ran.DenseValues())
        {
            _path[block] = value > 0.5f ? '1' : '0';
            if (label >= 0 && value > 0.5f)
            {
                _runs[label, block]++;
            }

            block++;
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
