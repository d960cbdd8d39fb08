using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>The second model's scores of the current row, computed when they are asked for, and once per row.</summary>
internal sealed class SecondAnswer
{
    /// <summary>The class of scores that cannot be compared.</summary>
    public const int None = -1;

    private readonly DataViewRow _row;
    private readonly ValueGetter<VBuffer<float>> _getter;
    private readonly IReadOnlyList<int> _order;
    private readonly CascadeTransformer _cascade;
    private readonly float[] _given;
    private readonly float[] _scores;
    private VBuffer<float> _buffer;
    private int _class;
    private long _position = -1;

    public SecondAnswer(DataViewRow row, SecondOutputs outputs, CascadeTransformer cascade)
    {
        (_row, _cascade) = (row, cascade);
        _getter = row.GetGetter<VBuffer<float>>(outputs.Score);
        _order = outputs.Order;
        (_given, _scores) = (new float[_order.Count], new float[_order.Count]);
    }

    /// <summary>In the first model's order of classes.</summary>
    public float[] Scores
    {
        get
        {
            Read();
            return _scores;
        }
    }

    /// <summary>The class of the highest score, the first among equals; <see cref="None"/> where a score is NaN.</summary>
    public int Class
    {
        get
        {
            Read();
            return _class;
        }
    }

    private void Read()
    {
        if (_position == _row.Position)
        {
            return;
        }

        // A failure must not leave the values of the row before as if they were this row's.
        _position = -1;
        Ask();
        if (_buffer.Length != _given.Length)
        {
            throw new InvalidOperationException(
                $"The second model of the cascade gave {_buffer.Length} scores, and its column is of {_given.Length}.");
        }

        _buffer.CopyTo(_given);
        _class = 0;
        for (var i = 0; i < _scores.Length; i++)
        {
            var score = _scores[i] = _given[_order[i]];
            _class = float.IsNaN(score) || _class == None ? None : score > _scores[_class] ? i : _class;
        }

        _position = _row.Position;
    }

    // ONNX Runtime fails with a null reference when its session has ended.
    private void Ask()
    {
        try
        {
            _getter(ref _buffer);
        }
        catch (Exception error) when (_cascade.IsDisposed && error is NullReferenceException or ObjectDisposedException)
        {
            throw new ObjectDisposedException(
                "The cascade was disposed, and its second model with it. A PredictionEngine disposes its model at its own end: create it "
                + "with PredictionEngineOptions whose OwnsTransformer is false, or load the model again.", error);
        }
    }
}
