using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>Rows of a cascade over rows of its first network.</summary>
internal sealed class CascadeCursor(CascadeBinding binding, DataViewRowCursor first, IReadOnlyCollection<DataViewSchema.Column> active)
    : DataViewRowCursor
{
    private readonly CascadeRow _row = new(binding, first, active);

    public override DataViewSchema Schema => _row.Schema;

    public override long Position => first.Position;

    public override long Batch => first.Batch;

    public override bool MoveNext() => first.MoveNext();

    public override bool IsColumnActive(DataViewSchema.Column column) => _row.IsColumnActive(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => first.GetIdGetter();

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
