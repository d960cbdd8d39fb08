using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>Row-by-row scoring, the way of <see cref="PredictionEngine{TSrc, TDst}"/>.</summary>
internal sealed class CascadeRowMapper(CascadeBinding binding) : IRowToRowMapper
{
    public DataViewSchema InputSchema => binding.InputSchema;

    public DataViewSchema OutputSchema => binding.OutputSchema;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var columns = dependingColumns.ToArray();
        return binding.RowsFor(columns).InputsOf(binding.RowColumns(columns));
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        var columns = activeColumns.ToArray();
        return new CascadeRow(binding, new ScoringRowMapper(binding.RowsFor(columns)).GetRow(input, binding.RowColumns(columns)), columns);
    }
}
