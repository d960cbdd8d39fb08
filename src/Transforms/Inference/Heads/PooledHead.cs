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

    public PooledHead(LayerCompiler layers, string prefix, int classes, FeatureMap input)
    {
        (_kernels, _input) = (layers.Kernels, input);
        _sums = layers.Arena.Vector(input.Groups * input.Lanes);
        _logits = layers.Arena.Vector(classes);
        _linear = layers.PackOverSums(layers.Linear(prefix + "fc"), input);
    }

    /// <inheritdoc />
    public override float* Logits(float* arena)
    {
        _kernels.Sum(arena, _input, arena + _sums);
        _linear.Run(arena + _sums, arena + _logits, relu: false);
        return arena + _logits;
    }
}
