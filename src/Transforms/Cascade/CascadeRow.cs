using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>One row of a cascade over a row of its first network.</summary>
internal sealed class CascadeRow : DataViewRow
{
    private readonly CascadeBinding _binding;
    private readonly DataViewRow _first;
    private readonly DataViewRow? _second;
    private readonly bool[] _active;
    private readonly ValueGetter<bool>? _accepts;
    private SecondAnswer? _answer;

    /// <param name="binding">Schema and models.</param>
    /// <param name="first">The row, with the columns that the binding asks for; disposed with this one.</param>
    /// <param name="active">Columns that will be asked for.</param>
    public CascadeRow(CascadeBinding binding, DataViewRow first, IReadOnlyCollection<DataViewSchema.Column> active)
    {
        (_binding, _first, _active) = (binding, first, ScoringBinding.ActiveOf(binding.OutputSchema, active));
        if (active.Any(binding.IsMade))
        {
            _accepts = first.GetGetter<bool>(first.Schema[binding.Columns.FirstAccepted.Index]);
        }

        var columns = binding.SecondColumns(active).ToArray();
        if (columns.Length > 0)
        {
            _second = binding.Mapper?.GetRow(new InputRow(first, binding.InputSchema), columns) ?? first;
        }
    }

    public override DataViewSchema Schema => _binding.OutputSchema;

    public override long Position => _first.Position;

    public override long Batch => _first.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => _first.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        ScoringBinding.CheckActive(column, _active);
        return _binding.IsMade(column)
            ? ScoringBinding.Typed<TValue>(Make(_binding.Columns[column.Index - _binding.InputSchema.Count]), column)
            : _first.GetGetter<TValue>(_first.Schema[column.Index]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (!ReferenceEquals(_second, _first))
            {
                _second?.Dispose();
            }

            _first.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool IsAccepted()
    {
        var accepted = false;
        _accepts!(ref accepted);
        return accepted;
    }

    private Delegate Make(CascadeColumn column) => column.Kind switch
    {
        CascadeColumnKind.Score => Scores(column),
        CascadeColumnKind.PredictedLabel => Label(column),
        CascadeColumnKind.ExecutionPath => Path(column),
        CascadeColumnKind.ComputeFraction => Fraction(column),
        CascadeColumnKind.Accepted => Accepted(column),
        _ => (ValueGetter<int>)((ref int stage) => stage = IsAccepted() ? 1 : 2),
    };

    private SecondAnswer Answer() => _answer ??= new SecondAnswer(_second!, _binding.Second, _binding.Cascade);

    private ValueGetter<VBuffer<float>> Scores(CascadeColumn column)
    {
        var (own, answer) = (First<VBuffer<float>>(column), Answer());
        return (ref VBuffer<float> value) =>
        {
            if (IsAccepted())
            {
                own(ref value);
                return;
            }

            var scores = answer.Scores;
            var editor = VBufferEditor.Create(ref value, scores.Length);
            scores.CopyTo(editor.Values);
            value = editor.Commit();
        };
    }

    // Keys count from 1, and 0 is the missing value: of what has no highest score.
    private Delegate Label(CascadeColumn column) => column.First.Type.RawType switch
    {
        var type when type == typeof(byte) => Label(column, (key) => (byte)key),
        var type when type == typeof(ushort) => Label(column, (key) => (ushort)key),
        var type when type == typeof(ulong) => Label(column, (key) => (ulong)key),
        _ => Label(column, (key) => (uint)key),
    };

    private ValueGetter<TKey> Label<TKey>(CascadeColumn column, Func<int, TKey> keyOf)
    {
        var (own, answer) = (First<TKey>(column), Answer());
        return (ref TKey value) =>
        {
            if (IsAccepted())
            {
                own(ref value);
            }
            else
            {
                value = keyOf(answer.Class + 1);
            }
        };
    }

    private ValueGetter<VBuffer<float>> Path(CascadeColumn column)
    {
        var (own, other) = (First<VBuffer<float>>(column), Second<VBuffer<float>>(column));
        VBuffer<float> first = default, second = default;
        var further = _binding.Second.BlockNames.Count;
        return (ref VBuffer<float> value) =>
        {
            own(ref first);
            var editor = VBufferEditor.Create(ref value, first.Length + further);
            first.CopyTo(editor.Values);
            var rest = editor.Values[first.Length..];
            rest.Clear();
            if (other is not null && !IsAccepted())
            {
                other(ref second);
                second.CopyTo(rest);
            }

            value = editor.Commit();
        };
    }

    private ValueGetter<float> Fraction(CascadeColumn column)
    {
        var (own, other, share) = (First<float>(column), Second<float>(column), _binding.Columns.FirstShare);
        return (ref float value) =>
        {
            own(ref value);
            var spent = value * share;
            if (!IsAccepted())
            {
                var further = float.NaN;
                other?.Invoke(ref further);
                spent += further;
            }

            value = (float)spent;
        };
    }

    private ValueGetter<bool> Accepted(CascadeColumn column)
    {
        var other = Second<bool>(column)!;
        return (ref bool value) =>
        {
            value = IsAccepted();
            if (!value)
            {
                other(ref value);
            }
        };
    }

    private ValueGetter<T> First<T>(CascadeColumn column) => _first.GetGetter<T>(_first.Schema[column.First.Index]);

    private ValueGetter<T>? Second<T>(CascadeColumn column) => column.Second is { } second ? _second!.GetGetter<T>(second) : null;
}
