using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Gates;

/// <summary>
/// SkipNet's convolutional gates. I: max pool 2×2 → 3×3 → 3×3 with stride 2 → global average pool → linear. II: 3×3 with stride 2 → global
/// average pool → linear.
/// </summary>
internal sealed unsafe class FeedForwardGate : Gate
{
    private readonly KernelSet _kernels;
    private readonly FeatureMap _input;
    private readonly FeatureMap? _pooled;
    private readonly Convolution[] _convolutions;
    private readonly FeatureMap _features;
    private readonly PackedLinear _linear;
    private readonly long _output;

    public FeedForwardGate(LayerCompiler layers, string prefix, GateKind kind, FeatureMap input)
    {
        (_kernels, _input) = (layers.Kernels, input);
        var arena = layers.Arena;
        var channels = input.Channels;
        if (kind == GateKind.FeedForwardI)
        {
            _pooled = arena.SharedMap("gate pool", channels, input.Height / 2, input.Width / 2);
            var middle = arena.SharedMap("gate middle", channels, _pooled.Height, _pooled.Width);
            _features = arena.SharedMap("gate features", channels, (middle.Height + 1) / 2, (middle.Width + 1) / 2);
            _convolutions = [Layer("conv1", "bn1", 1, _pooled, middle), Layer("conv2", "bn2", 2, middle, _features)];
        }
        else
        {
            _features = arena.SharedMap("gate features", channels, (input.Height + 1) / 2, (input.Width + 1) / 2);
            _convolutions = [Layer("conv1", "bn1", 2, input, _features)];
        }

        _output = arena.Vector(arena.Lanes);
        _linear = layers.PackOverSums(layers.Linear(prefix + "linear").Difference(plus: 1, minus: 0), _features);

        Convolution Layer(string convolution, string norm, int stride, FeatureMap from, FeatureMap to)
            => layers.Convolution(prefix + convolution, prefix + norm, 3, stride, from, to);
    }

    /// <inheritdoc />
    public override bool ReadsSums => false;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float LogOdds(float* arena)
    {
        if (_pooled is not null)
        {
            _kernels.MaxPool(arena, _input, _pooled, window: 2, padding: 0);
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
