using AdaptiveInference.ML.Transforms.Interop;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>Lazy view of scored rows: nothing is read or scored before a cursor moves.</summary>
internal sealed class ScoredDataView(ScoringBinding binding, IDataView input) : TransformedDataView(input)
{
    public override DataViewSchema Schema => binding.OutputSchema;

    protected override string NoConversion
    {
        get
        {
            var (made, written) = binding.Outputs.AreFeatures
                ? ("the features", "the classifier that they come from")
                : ("the scores", "the network");
            return $"ConvertToOnnx cannot convert {made} in column '{FirstColumn}', because it knows ML.NET's own transformers only "
                + $"and not gated residual networks. Write {written} with GatedResNetTransformer.ExportToOnnx, and convert the "
                + "steps before it alone.";
        }
    }

    private string FirstColumn => Schema[binding.InputSchema.Count].Name;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var needed = columnsNeeded.ToArray();
        var rows = Source.GetRowCursor(binding.InputsOf(needed), rand);
        return needed.Any(binding.IsScored) ? new LookAheadCursor(binding, rows, needed) : PassOn(rows, needed);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var needed = columnsNeeded.ToArray();

        // One cursor, although more are allowed: it scores on all cores, whatever the number of rows. ML.NET splits rows by the batch of
        // 64, so that as many would be scored on one core alone. It splits what stands before and behind by itself.
        return needed.Any(binding.IsScored)
            ? [GetRowCursor(needed, rand)]
            : [.. Source.GetRowCursorSet(binding.InputsOf(needed), n, rand).Select(rows => PassOn(rows, needed))];
    }

    // Rows of which no scored column is wanted.
    private RowCursor PassOn(DataViewRowCursor rows, DataViewSchema.Column[] needed) => new(new ScoredRow(binding, rows, needed), rows);
}
