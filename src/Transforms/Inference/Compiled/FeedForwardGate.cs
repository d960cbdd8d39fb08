using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Linear;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>
/// SkipNet's convolutional gates. I: max pool 2×2 → 3×3 → 3×3 with stride 2 → global average pool → linear. II: 3×3 with stride 2 → global
/// average pool → linear.
/// </summary>
internal sealed unsafe class FeedForwardGate : Gate
{
    private readonly KernelsOfWidth _kernels;
    private readonly FeatureMap _input;
    private readonly CompiledPool? _pool;
    private readonly Convolution[] _convolutions;
    private readonly FeatureMap _features;
    private readonly PackedLinear _linear;
    private readonly long _output;

    public FeedForwardGate(LayerCompiler layers, FeedForwardGateSpec spec, FeatureMap input)
    {
        (_kernels, _input) = (layers.Kernels, input);
        var (arena, map) = (layers.Arena, input);
        if (spec.Pool is not null)
        {
            map = arena.SharedMap("gate pool", input.Channels, spec.Convolutions[0].InHeight, spec.Convolutions[0].InWidth);
            _pool = CompiledPool.Of(layers, spec.Pool, input, map);
        }

        _convolutions = new Convolution[spec.Convolutions.Count];
        for (var i = 0; i < _convolutions.Length; i++)
        {
            var (layer, from) = (spec.Convolutions[i], map);
            map = arena.SharedMap(
                i == _convolutions.Length - 1 ? "gate features" : "gate middle", layer.Outputs, layer.OutHeight, layer.OutWidth);
            _convolutions[i] = layers.Convolution(layer, from, map);
        }

        _features = map;
        _output = arena.Vector(arena.Lanes);
        _linear = layers.PackOverSums(layers.Linear(spec.Linear).Difference(plus: 1, minus: 0), _features);
    }

    /// <inheritdoc />
    public override bool ReadsSums => false;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float LogOdds(float* arena)
    {
        if (_pool is var (pool, pooled))
        {
            _kernels.MaxPool(arena, _input, pooled, pool.Window, pool.Padding);
        }

        foreach (var convolution in _convolutions)
        {
            convolution.Run(arena, Epilogue.Relu);
        }

        _kernels.Sum(arena, _features);
        _linear.Run(arena + _features.Sums, arena + _output, relu: false);
        return arena[_output];
    }
}
