using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>A row of the first network as it was before that saw it: what the second model reads.</summary>
/// <param name="row">Has the input's columns at their own indices. It belongs to the cascade and is not disposed here.</param>
/// <param name="schema">The input's.</param>
internal sealed class InputRow(DataViewRow row, DataViewSchema schema) : DataViewRow
{
    public override DataViewSchema Schema => schema;

    public override long Position => row.Position;

    public override long Batch => row.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => row.IsColumnActive(row.Schema[column.Index]);

    public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        => row.GetGetter<TValue>(row.Schema[column.Index]);
}
