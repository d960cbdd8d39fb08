using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>Passes rows on of which no scored column is wanted.</summary>
internal sealed class ScoredCursor(ScoringBinding binding, DataViewRowCursor input, IEnumerable<DataViewSchema.Column> active)
    : DataViewRowCursor
{
    private readonly ScoredRow _row = new(binding, input, active);

    public override DataViewSchema Schema => _row.Schema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override bool MoveNext() => input.MoveNext();

    public override bool IsColumnActive(DataViewSchema.Column column) => _row.IsColumnActive(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _row.GetGetter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _row.Dispose();
        }

        base.Dispose(disposing);
    }
}
