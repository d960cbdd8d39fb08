using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>One row scored on demand, when a scored value is asked for, and once per row however many values are asked for.</summary>
internal sealed class ScoredRow : DataViewRow
{
    private readonly ScoringBinding _binding;
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly ImageSlot _slot = new();
    private readonly ScoreResult _result;
    private readonly Func<ScoreResult> _current;
    private Action<ImageSlot>? _capture;
    private long _scored = -1;

    /// <param name="binding">Schema and network.</param>
    /// <param name="input">The row to score.</param>
    /// <param name="active">Columns that will be asked for.</param>
    public ScoredRow(ScoringBinding binding, DataViewRow input, IEnumerable<DataViewSchema.Column> active)
    {
        _binding = binding;
        _input = input;
        _active = ScoringBinding.ActiveOf(binding.OutputSchema, active);
        _result = binding.Scorer.CreateResult();
        _current = Current;
    }

    public override DataViewSchema Schema => _binding.OutputSchema;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        ScoringBinding.CheckActive(column, _active);
        if (!_binding.IsScored(column))
        {
            return _input.GetGetter<TValue>(_binding.InputSchema[column.Index]);
        }

        _capture ??= _binding.Scorer.Images.BindCapture(_input);
        return ScoringBinding.Typed<TValue>(_binding.Outputs.CreateGetter(column.Index - _binding.InputSchema.Count, _current), column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    private ScoreResult Current()
    {
        if (_scored != _input.Position)
        {
            // A failure must not leave the values of the row before as if they were this row's.
            _scored = -1;
            _capture!(_slot);
            _binding.Scorer.ScoreAtOnce(_slot, _result);
            _scored = _input.Position;
        }

        return _result;
    }
}
