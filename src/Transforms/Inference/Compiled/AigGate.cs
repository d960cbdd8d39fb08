using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Linear;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>ConvNet-AIG's gate without its training noise: global average pool → C→16 → batch-norm → ReLU → 16→2.</summary>
internal sealed unsafe class AigGate : Gate
{
    private readonly FeatureMap _input;
    private readonly PackedLinear _first;
    private readonly PackedLinear _second;
    private readonly long _hidden;
    private readonly long _output;

    public AigGate(LayerCompiler layers, AigGateSpec spec, FeatureMap input)
    {
        _input = input;
        _hidden = layers.Arena.Vector(spec.First.Outputs);
        _output = layers.Arena.Vector(input.Lanes);
        _first = layers.PackOverSums(layers.Linear(spec.First).Before(layers.BatchNorm(spec.Norm)), input);
        _second = layers.Pack(layers.Linear(spec.Second).Difference(plus: 1, minus: 0));
    }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float LogOdds(float* arena)
    {
        _first.Run(arena + _input.Sums, arena + _hidden, relu: true);
        _second.Run(arena + _hidden, arena + _output, relu: false);
        return arena[_output];
    }
}
