using AdaptiveInference.ML.Transforms.Persistence;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Evaluation;

/// <summary>Sums over the execution paths of scored rows, in total and by true class.</summary>
internal sealed class PathStatistics
{
    private readonly HashSet<string> _paths = [];
    private readonly long[] _classRows;
    private readonly long[,] _runs;

    private PathStatistics(IReadOnlyList<string> classNames, IReadOnlyList<string> blockNames, long fullMacs)
    {
        ClassNames = classNames;
        BlockNames = blockNames;
        FullMacs = fullMacs;
        _classRows = new long[classNames.Count];
        _runs = new long[classNames.Count, blockNames.Count];
    }

    public IReadOnlyList<string> ClassNames { get; }

    public IReadOnlyList<string> BlockNames { get; }

    public long FullMacs { get; }

    public long Rows { get; private set; }

    public double ComputeFractionSum { get; private set; }

    public int DistinctPaths => _paths.Count;

    /// <summary>Rows of a class; rows with a missing label belong to none.</summary>
    public long RowsOf(int classIndex) => _classRows[classIndex];

    /// <summary>Rows of a class that ran a block.</summary>
    public long Runs(int classIndex, int block) => _runs[classIndex, block];

    public static PathStatistics Collect(IDataView data, string labelName, string pathName, string fractionName)
    {
        var columns = ScoredColumns.Of(data.Schema, labelName, pathName, fractionName);
        var statistics = new PathStatistics(columns.ClassNames, columns.BlockNames, columns.FullMacs);
        statistics.Read(data, columns.Label, columns.Path, columns.Fraction);
        return statistics;
    }

    private void Read(IDataView data, DataViewSchema.Column label, DataViewSchema.Column path, DataViewSchema.Column fraction)
    {
        using var cursor = data.GetRowCursor([label, path, fraction]);
        var classOf = KeyReader.Bind(cursor, label);
        var pathGetter = cursor.GetGetter<VBuffer<float>>(path);
        var fractionGetter = cursor.GetGetter<float>(fraction);
        VBuffer<float> ran = default;
        var key = new char[BlockNames.Count];
        while (cursor.MoveNext())
        {
            pathGetter(ref ran);
            var compute = 0f;
            fractionGetter(ref compute);
            Rows++;
            ComputeFractionSum += compute;
            var known = classOf();
            var block = 0;
            foreach (var value in ran.DenseValues())
            {
                key[block] = value > 0.5f ? '1' : '0';
                if (known != KeyReader.Missing && value > 0.5f)
                {
                    _runs[known, block]++;
                }

                block++;
            }

            _paths.Add(new string(key));
            if (known != KeyReader.Missing)
            {
                _classRows[known]++;
            }
        }

        if (Rows == 0)
        {
            throw new ArgumentException("There are no rows to evaluate.", nameof(data));
        }
    }
}
