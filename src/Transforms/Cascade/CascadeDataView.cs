using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>Lazy view of a cascade's rows: nothing is read or scored before a cursor moves.</summary>
internal sealed class CascadeDataView(CascadeBinding binding, IDataView input) : TransformedDataView(input)
{
    public override DataViewSchema Schema => binding.OutputSchema;

    protected override string NoConversion
        => "ConvertToOnnx cannot convert a cascade, which runs its second model for some rows alone. Write First with "
            + "GatedResNetTransformer.ExportToOnnx, Second for itself, and convert the steps before them alone.";

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var needed = columnsNeeded.ToArray();
        return Over(Rows(needed).GetRowCursor(binding.RowColumns(needed), rand), needed);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var needed = columnsNeeded.ToArray();
        return [.. Rows(needed).GetRowCursorSet(binding.RowColumns(needed), n, rand).Select(rows => Over(rows, needed))];
    }

    private RowCursor Over(DataViewRowCursor first, DataViewSchema.Column[] needed)
        => new(new CascadeRow(binding, first, needed), first);

    private ScoredDataView Rows(DataViewSchema.Column[] needed) => new(binding.RowsFor(needed), Source);
}
