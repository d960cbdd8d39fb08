using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Linear;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>
/// 4×4 average pool and 4×4 max pool side by side → batch-norm → fully connected to 64 → batch-norm → ReLU → fully connected. Both
/// batch-norms are folded into the first layer.
/// </summary>
internal sealed unsafe class GridHead : Head
{
    private const int Cells = NetworkSpec.GridSide * NetworkSpec.GridSide;

    private readonly KernelsOfWidth _kernels;
    private readonly FeatureMap _input;
    private readonly PackedLinear _first;
    private readonly PackedLinear _second;
    private readonly long _average;
    private readonly long _maximum;
    private readonly long _hidden;
    private readonly long _logits;

    public GridHead(LayerCompiler layers, GridHeadSpec spec, FeatureMap input)
    {
        (_kernels, _input) = (layers.Kernels, input);
        var half = Cells * input.Groups * input.Lanes;
        _average = layers.Arena.Vector(2L * half);
        _maximum = _average + half;
        _hidden = layers.Arena.Vector(spec.First.Outputs);
        _logits = layers.Arena.Vector(spec.Second.Outputs);
        var first = layers.Linear(spec.First).After(layers.BatchNorm(spec.FirstNorm)).Before(layers.BatchNorm(spec.SecondNorm));
        _first = layers.Pack(first.Rearrange([.. Enumerable.Range(0, first.Outputs)], PooledOrder(input)));
        _second = layers.Pack(layers.Linear(spec.Second));
    }

    /// <inheritdoc />
    public override bool ReadsSums => false;

    /// <inheritdoc />
    public override float* Logits(float* arena)
    {
        _kernels.GridPool(arena, _input, arena + _average, arena + _maximum);
        _first.Run(arena + _average, arena + _hidden, relu: true);
        _second.Run(arena + _hidden, arena + _logits, relu: false);
        return arena + _logits;
    }

    // All averages before all maxima.
    private static int[] PooledOrder(FeatureMap map)
    {
        var half = GridOrder.Of(map, Cells);
        return [.. half, .. half.Select(place => place < 0 ? place : (Cells * map.Channels) + place)];
    }
}
