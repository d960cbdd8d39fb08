using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>Row-by-row scoring, the way of <see cref="PredictionEngine{TSrc, TDst}"/>.</summary>
internal sealed class ScoringRowMapper(ScoringBinding binding) : IRowToRowMapper
{
    public DataViewSchema InputSchema => binding.InputSchema;

    public DataViewSchema OutputSchema => binding.OutputSchema;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        => binding.InputsOf(dependingColumns);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Schema != binding.InputSchema)
        {
            throw new ArgumentException("The row must have the schema that this mapper was made for.", nameof(input));
        }

        return new ScoredRow(binding, input, activeColumns);
    }
}
