using System.Runtime.ExceptionServices;
using AdaptiveInference.ML.Transforms.Diagnostics;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>
/// Reads rows ahead, scores them on all cores, and returns them in order. Other cores score while this thread reads, so that whatever
/// comes before in the pipeline, such as reading files, overlaps with scoring; decoding images is part of scoring.
/// </summary>
/// <remarks>A row that cannot be read or scored fails when the caller reaches it, as it would without reading ahead.</remarks>
internal sealed class LookAheadCursor : DataViewRowCursor
{
    /// <summary>Images read ahead, in bytes of what the network reads: enough to keep many cores busy, whatever their size.</summary>
    private const int ImageBytes = 8 << 20;

    private const int MostRows = 256;

    private readonly ScoringBinding _binding;
    private readonly DataViewRowCursor _input;
    private readonly bool[] _active;
    private readonly ColumnBuffer?[] _buffers;
    private readonly Action<ImageSlot> _capture;
    private readonly ValueGetter<DataViewRowId> _idGetter;
    private readonly LookAheadQueue _queue;
    private readonly ScoringSpan? _span;
    private PendingRow? _current;
    private ExceptionDispatchInfo? _inputError;
    private long _position = -1;
    private long _read;
    private long _next;
    private int _ahead;
    private bool _inputEnded;
    private bool _disposed;

    public LookAheadCursor(ScoringBinding binding, DataViewRowCursor input, IEnumerable<DataViewSchema.Column> active)
    {
        _binding = binding;
        _input = input;
        _active = ScoringBinding.ActiveOf(binding.OutputSchema, active);
        _capture = binding.Scorer.Images.BindCapture(input);
        _idGetter = input.GetIdGetter();
        _span = binding.Scorer.Telemetry is { } telemetry ? ScoringSpan.Start(telemetry.Network) : null;
        var cores = Environment.ProcessorCount;

        // Read few rows ahead at first, so that a caller that takes a few does not pay for many.
        _ahead = 2 * cores;
        var rows = Math.Min(MostRows, ImageBytes / (sizeof(float) * (long)binding.Scorer.Images.Shape.Size));
        _queue = new LookAheadQueue(binding.Scorer, Math.Max((int)rows, 2 * _ahead), cores);
        _buffers = new ColumnBuffer?[binding.InputSchema.Count];
        for (var column = 0; column < _buffers.Length; column++)
        {
            _buffers[column] = _active[column] ? ColumnBuffer.Create(input, binding.InputSchema[column], _queue.Capacity) : null;
        }
    }

    public override DataViewSchema Schema => _binding.OutputSchema;

    public override long Position => _position;

    public override long Batch => _current?.Batch ?? 0;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _current!.Id;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        ScoringBinding.CheckActive(column, _active);
        var getter = _binding.IsScored(column)
            ? _binding.Outputs.CreateGetter(column.Index - _binding.InputSchema.Count, () => _current!.Result)
            : _buffers[column.Index]!.CreateGetter(() => (int)(_position % _queue.Capacity));
        return ScoringBinding.Typed<TValue>(getter, column);
    }

    public override bool MoveNext()
    {
        if (_disposed)
        {
            return false;
        }

        ReadAhead();
        if (_next == _read)
        {
            _inputError?.Throw();
            (_position, _current) = (-1, null);
            return false;
        }

        _queue.WaitFor(_next);
        _position = _next++;
        _current = _queue[_position];
        _current.Error?.Throw();
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            // Scoring reads buffers that the input's rows fill: it ends before they do.
            _disposed = true;
            _queue.Stop();
            _input.Dispose();
            _span?.Stop(_next);
            (_position, _current) = (-1, null);
        }

        base.Dispose(disposing);
    }

    /// <summary>Fills up again when half of the rows read ahead are gone, so that reading stays in long runs.</summary>
    private void ReadAhead()
    {
        if (_read - _next > _ahead / 2)
        {
            return;
        }

        while (_read - _next < _ahead && !_inputEnded)
        {
            try
            {
                if (!_input.MoveNext())
                {
                    _inputEnded = true;
                    return;
                }

                Capture();
            }
            catch (Exception error)
            {
                // Rows read before the failing one are still returned; the failure is thrown when the caller reaches its row.
                _inputError = ExceptionDispatchInfo.Capture(error);
                _inputEnded = true;
                return;
            }

            _queue.Add();
            _read++;
        }

        _ahead = Math.Min(2 * _ahead, _queue.Capacity);
    }

    private void Capture()
    {
        var pending = _queue[_read];
        pending.Error = null;
        pending.Row = _input.Position;
        pending.Batch = _input.Batch;
        _idGetter(ref pending.Id);
        _capture(pending.Image);
        foreach (var buffer in _buffers)
        {
            buffer?.Capture((int)(_read % _queue.Capacity));
        }
    }
}
