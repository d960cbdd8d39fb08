using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Linear;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>
/// The LSTM that all recurrent gates of a SkipNet share, and its output projection. Its state lives in the worker's arena: cleared at the
/// start of an image, advanced once per gated block, whether that block then runs or not.
/// </summary>
internal sealed unsafe class RecurrentGateLstm
{
    private const int Parts = LstmSpec.Parts;
    private const int Used = NetworkSpec.RecurrentGateWidth;

    private readonly KernelsOfWidth _kernels;
    private readonly PackedLinear _recurrence;
    private readonly PackedLinear _projection;
    private readonly int _width;
    private readonly long _state;
    private readonly long _input;
    private readonly long _cell;
    private readonly long _parts;
    private readonly long _output;

    public RecurrentGateLstm(LayerCompiler layers, ControlSpec spec)
    {
        _kernels = layers.Kernels;
        var (weights, arena) = (layers.Weights, layers.Arena);
        _width = Multiples.RoundUp(Used, arena.Lanes);

        // State and input end to end, the input on a vector's boundary. Both are written as whole vectors, the state first: what it spills
        // over into the input is written afterwards.
        _input = arena.Vector(2 * _width) + _width;
        _state = _input - Used;
        _cell = arena.Vector(_width);
        _parts = arena.Vector(Parts * _width);
        _output = arena.Vector(arena.Lanes);

        // One matrix over both; each part is spread over whole vectors.
        var fromInput = FoldedLinear.OfInput(weights, spec.Lstm);
        var fromState = FoldedLinear.OfState(weights, spec.Lstm);
        _recurrence = layers.Pack(fromState.Beside(fromInput).Rearrange(Spread(), [.. Enumerable.Range(0, 2 * Used)]));
        _projection = layers.Pack(layers.Linear(spec.Projection));
    }

    /// <summary>Where an embedding of the block's input is put before <see cref="Step"/>.</summary>
    public float* Input(float* arena) => arena + _input;

    /// <summary>Forgets the image before.</summary>
    public void Reset(float* arena)
    {
        new Span<float>(arena + _state, Used).Clear();
        new Span<float>(arena + _cell, _width).Clear();
    }

    /// <summary>Advances the state by the embedding that lies at <see cref="Input"/>; the result is the log-odds of open.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float Step(float* arena)
    {
        var state = arena + _state;
        _recurrence.Run(state, arena + _parts, relu: false);
        _kernels.LstmStep(arena + _parts, state, arena + _cell, _width);
        _projection.Run(state, arena + _output, relu: false);
        return arena[_output];
    }

    private int[] Spread()
    {
        var places = new int[Parts * _width];
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = i % _width < Used ? (i / _width * Used) + (i % _width) : -1;
        }

        return places;
    }
}
