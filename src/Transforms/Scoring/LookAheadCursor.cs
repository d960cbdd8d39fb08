using System.Runtime.ExceptionServices;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>
/// Reads a window of rows ahead, scores it on all cores, and hands the rows out in order. While one window is scored the next is read,
/// so that whatever comes before in the pipeline, such as reading files, overlaps with scoring.
/// </summary>
/// <remarks>
/// Two windows share one array of places: one is handed out or refilled while the other is scored. A row that cannot be read or scored
/// fails when the caller reaches it, as it would without reading ahead.
/// </remarks>
internal sealed class LookAheadCursor : DataViewRowCursor
{
    /// <summary>Enough to keep many cores busy; few enough that large images stay within tens of megabytes.</summary>
    private const int LargestWindow = 32;

    private readonly ScoringBinding _binding;
    private readonly DataViewRowCursor _input;
    private readonly bool[] _active;
    private readonly ColumnBuffer?[] _buffers;
    private readonly Action<ImageSlot> _capture;
    private readonly ValueGetter<DataViewRowId> _idGetter;
    private readonly ScoredPlace[] _places;
    private readonly CancellationTokenSource _stop = new();
    private ScoredWindow _served = new(0);
    private ScoredWindow _scoring = new(LargestWindow);
    private int _windowSize = Math.Clamp(Environment.ProcessorCount, 1, LargestWindow);
    private int _next;
    private int _place = -1;
    private long _position = -1;
    private bool _inputEnded;

    public LookAheadCursor(ScoringBinding binding, DataViewRowCursor input, IEnumerable<DataViewSchema.Column> active)
    {
        _binding = binding;
        _input = input;
        _active = binding.ActiveOf(active);
        _capture = binding.Scorer.Images.BindCapture(input);
        _idGetter = input.GetIdGetter();
        _places = [.. Enumerable.Range(0, 2 * LargestWindow).Select(_ => new ScoredPlace(binding.Scorer.CreateResult()))];
        _buffers = new ColumnBuffer?[binding.InputSchema.Count];
        for (var column = 0; column < _buffers.Length; column++)
        {
            _buffers[column] = _active[column] ? ColumnBuffer.Create(input, binding.InputSchema[column], _places.Length) : null;
        }
    }

    public override DataViewSchema Schema => _binding.OutputSchema;

    public override long Position => _position;

    public override long Batch => _place < 0 ? 0 : _places[_place].Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _places[_place].Id;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        _binding.CheckActive(column, _active);
        var getter = _binding.IsScored(column)
            ? _binding.Outputs.CreateGetter(column.Index - _binding.InputSchema.Count, () => _places[_place].Result)
            : _buffers[column.Index]!.CreateGetter(() => _place);
        return ScoringBinding.Typed<TValue>(getter, column);
    }

    public override bool MoveNext()
    {
        if (_stop.IsCancellationRequested)
        {
            return false;
        }

        while (_next == _served.Count)
        {
            if (_served.InputError is { } error)
            {
                error.Throw();
            }

            if (!Advance())
            {
                (_position, _place) = (-1, -1);
                return false;
            }
        }

        _place = _served.First + _next++;
        _position++;
        _places[_place].Error?.Throw();
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_stop.IsCancellationRequested)
        {
            // The scoring task reads buffers that the input's rows fill: it ends before they do.
            _stop.Cancel();
            _scoring.Wait();
            _served.Wait();
            _input.Dispose();
            (_position, _place) = (-1, -1);
        }

        base.Dispose(disposing);
    }

    /// <summary>Reads the next window into the places just handed out, and makes the window that was scored meanwhile the served one.</summary>
    private bool Advance()
    {
        if (_scoring.Count == 0 && !_inputEnded)
        {
            Fill(_scoring);
            Start(_scoring);
        }

        Fill(_served);
        _scoring.Wait();
        (_served, _scoring) = (_scoring, _served);
        Start(_scoring);
        _next = 0;
        return _served.Count > 0 || _served.InputError is not null;
    }

    private void Fill(ScoredWindow window)
    {
        window.Clear();

        // Windows start small, so that a caller that takes a few rows does not pay for many.
        var size = _windowSize;
        _windowSize = Math.Min(2 * size, LargestWindow);
        while (window.Count < size && !_inputEnded)
        {
            try
            {
                if (!_input.MoveNext())
                {
                    _inputEnded = true;
                    return;
                }

                Capture(window.First + window.Count);
                window.Count++;
            }
            catch (Exception error)
            {
                // Rows read before the failing one are still handed out; the caller meets the failure where it belongs.
                window.InputError = ExceptionDispatchInfo.Capture(error);
                _inputEnded = true;
            }
        }
    }

    private void Capture(int index)
    {
        var place = _places[index];
        place.Error = null;
        place.Row = _input.Position;
        place.Batch = _input.Batch;
        _idGetter(ref place.Id);
        _capture(place.Image);
        foreach (var buffer in _buffers)
        {
            buffer?.Capture(index);
        }
    }

    private void Start(ScoredWindow window)
    {
        if (window.Count > 0)
        {
            window.Start(_places, _binding.Scorer, _stop.Token);
        }
    }
}
