using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Gates;

/// <summary>SkipNet's recurrent gate: global average pool → embedding of its own → shared LSTM → projection.</summary>
internal sealed unsafe class RecurrentGate : Gate
{
    private readonly KernelSet _kernels;
    private readonly RecurrentControl _control;
    private readonly FeatureMap _input;
    private readonly PackedLinear _embedding;
    private readonly long _sums;

    public RecurrentGate(LayerCompiler layers, string prefix, RecurrentControl control, FeatureMap input)
    {
        (_kernels, _control, _input) = (layers.Kernels, control, input);
        _sums = layers.Arena.Vector(input.Groups * input.Lanes);
        _embedding = layers.PackOverSums(layers.Linear(prefix + "embed"), input);
    }

    /// <inheritdoc />
    public override float LogOdds(float* arena)
    {
        _kernels.Sum(arena, _input, arena + _sums);
        _embedding.Run(arena + _sums, _control.Input(arena), relu: false);
        return _control.Step(arena);
    }
}
