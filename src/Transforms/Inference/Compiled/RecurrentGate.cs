using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Linear;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>SkipNet's recurrent gate: global average pool → embedding of its own → shared LSTM → projection.</summary>
internal sealed unsafe class RecurrentGate : Gate
{
    private readonly RecurrentGateLstm _control;
    private readonly FeatureMap _input;
    private readonly PackedLinear _embedding;

    public RecurrentGate(LayerCompiler layers, RecurrentGateSpec spec, RecurrentGateLstm control, FeatureMap input)
    {
        (_control, _input) = (control, input);
        _embedding = layers.PackOverSums(layers.Linear(spec.Embedding), input);
    }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float LogOdds(float* arena)
    {
        _embedding.Run(arena + _input.Sums, _control.Input(arena), relu: false);
        return _control.Step(arena);
    }
}
