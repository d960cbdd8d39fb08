using AdaptiveInference.ML.Transforms.Architectures;
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

    public RecurrentGate(
        NetworkWeights weights, string prefix, KernelSet kernels, ArenaLayout arena, RecurrentControl control, FeatureMap input)
    {
        (_kernels, _control, _input) = (kernels, control, input);
        _sums = arena.Vector(input.Groups * arena.Lanes);
        _embedding = kernels.Linear(FoldedLinear.Of(weights, prefix + "embed").ScaleInput(1.0 / (input.Height * input.Width)));
    }

    /// <inheritdoc />
    public override float LogOdds(float* arena)
    {
        _kernels.Sum(arena, _input, arena + _sums);
        _embedding.Run(arena + _sums, _control.Input(arena), relu: false);
        return _control.Step(arena);
    }
}
