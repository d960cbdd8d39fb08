using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Heads;

/// <summary>
/// 4×4 average pool and 4×4 max pool side by side → batch-norm → fully connected to 64 → batch-norm → ReLU → fully connected. Both
/// batch-norms are folded into the first layer.
/// </summary>
internal sealed unsafe class GridHead : Head
{
    private const int Cells = NetworkSpec.GridSide * NetworkSpec.GridSide;

    private readonly KernelSet _kernels;
    private readonly FeatureMap _input;
    private readonly PackedLinear _first;
    private readonly PackedLinear _second;
    private readonly long _average;
    private readonly long _maximum;
    private readonly long _hidden;
    private readonly long _logits;

    public GridHead(NetworkWeights weights, string prefix, int classes, KernelSet kernels, ArenaLayout arena, FeatureMap input)
    {
        (_kernels, _input) = (kernels, input);
        var half = Cells * input.Groups * arena.Lanes;
        _average = arena.Vector(2L * half);
        _maximum = _average + half;
        _hidden = arena.Vector(NetworkSpec.GridWidth);
        _logits = arena.Vector(classes);
        var first = FoldedLinear.Of(weights, prefix + "fc1")
            .After(FoldedBatchNorm.Of(weights, prefix + "bn1"))
            .Before(FoldedBatchNorm.Of(weights, prefix + "bn2"));
        _first = kernels.Linear(first.Rearrange([.. Enumerable.Range(0, first.Outputs)], PooledOrder(input)));
        _second = kernels.Linear(FoldedLinear.Of(weights, prefix + "fc2"));
    }

    /// <inheritdoc />
    public override float* Logits(float* arena)
    {
        _kernels.GridPool(arena, _input, arena + _average, arena + _maximum);
        _first.Run(arena + _average, arena + _hidden, relu: true);
        _second.Run(arena + _hidden, arena + _logits, relu: false);
        return arena + _logits;
    }

    // Pooling writes [group][cell][lane]; PyTorch's features are [channel][cell], all averages before all maxima.
    private static int[] PooledOrder(FeatureMap map)
    {
        var order = new List<int>();
        for (var start = 0; start < 2 * Cells * map.Channels; start += Cells * map.Channels)
        {
            for (var i = 0; i < Cells * map.Groups * map.Lanes; i++)
            {
                var (group, rest) = Math.DivRem(i, Cells * map.Lanes);
                var (cell, lane) = Math.DivRem(rest, map.Lanes);
                var channel = (group * map.Lanes) + lane;
                order.Add(channel < map.Channels ? start + (channel * Cells) + cell : -1);
            }
        }

        return [.. order];
    }
}
