using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>Lazy view of scored rows: nothing is read or scored before a cursor moves.</summary>
internal sealed class ScoredDataView(ScoringBinding binding, IDataView input) : IDataView
{
    public bool CanShuffle => input.CanShuffle;

    public DataViewSchema Schema => binding.OutputSchema;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var needed = columnsNeeded.ToArray();
        var rows = input.GetRowCursor(binding.InputsOf(needed), rand);
        return needed.Any(binding.IsScored) ? new LookAheadCursor(binding, rows, needed) : new ScoredCursor(binding, rows, needed);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var needed = columnsNeeded.ToArray();
        var set = input.GetRowCursorSet(binding.InputsOf(needed), n, rand);
        return set.Length == 1 && needed.Any(binding.IsScored)
            ? [new LookAheadCursor(binding, set[0], needed)]
            : [.. set.Select(rows => new ScoredCursor(binding, rows, needed))];
    }
}
