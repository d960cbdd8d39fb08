using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Linear;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>Global average pool → fully connected.</summary>
internal sealed unsafe class PooledHead : Head
{
    private readonly FeatureMap _input;
    private readonly PackedLinear _linear;
    private readonly long _logits;

    public PooledHead(LayerCompiler layers, PooledHeadSpec spec, FeatureMap input)
    {
        _input = input;
        _logits = layers.Arena.Vector(spec.Linear.Outputs);
        _linear = layers.PackOverSums(layers.Linear(spec.Linear), input);
    }

    /// <inheritdoc />
    public override bool ReadsSums => true;

    /// <inheritdoc />
    public override float* Logits(float* arena)
    {
        _linear.Run(arena + _input.Sums, arena + _logits, relu: false);
        return arena + _logits;
    }

    /// <inheritdoc />
    public override void Inputs(float* arena, Span<float> inputs)
        => TensorPrimitives.Divide(new ReadOnlySpan<float>(arena + _input.Sums, _input.Channels), _input.Height * _input.Width, inputs);
}
