using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Heads;

/// <summary>Global average pool → fully connected.</summary>
internal sealed unsafe class PooledHead : Head
{
    private readonly KernelSet _kernels;
    private readonly FeatureMap _input;
    private readonly PackedLinear _linear;
    private readonly long _sums;
    private readonly long _logits;

    public PooledHead(NetworkWeights weights, string prefix, int classes, KernelSet kernels, ArenaLayout arena, FeatureMap input)
    {
        (_kernels, _input) = (kernels, input);
        _sums = arena.Vector(input.Groups * arena.Lanes);
        _logits = arena.Vector(classes);
        _linear = kernels.Linear(FoldedLinear.Of(weights, prefix + "fc").ScaleInput(1.0 / (input.Height * input.Width)));
    }

    /// <inheritdoc />
    public override float* Logits(float* arena)
    {
        _kernels.Sum(arena, _input, arena + _sums);
        _linear.Run(arena + _sums, arena + _logits, relu: false);
        return arena + _logits;
    }
}
