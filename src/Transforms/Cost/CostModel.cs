using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Cost;

/// <summary>Multiply–accumulates of one residual block.</summary>
/// <param name="Body">Convolutions of the residual branch: spent when the block runs.</param>
/// <param name="Shortcut">Projection of the shortcut: spent whether the block runs or not, because either result needs it.</param>
/// <param name="Gate">Gate network: spent whenever the gate is asked.</param>
internal readonly record struct BlockCost(long Body, long Shortcut, long Gate);

/// <summary>
/// Counts multiply–accumulates (MACs). The convention, used by every figure of this library: one multiply–accumulate of a convolution, a
/// fully connected layer or an LSTM is 1 MAC. Batch-norm (folded into convolutions), biases, activations, pooling, additions and
/// softmax are 0. The mathematics is counted, not what a faster algorithm such as Winograd's needs.
/// </summary>
internal sealed class CostModel
{
    private readonly BlockCost[] _blocks;
    private readonly long[] _exits;

    public CostModel(BlockPlan plan)
    {
        var spec = plan.Spec;
        var kernel = spec.Architecture.Style == ResNetStyle.Cifar ? 3 : 7;
        Stem = Convolution(spec.Architecture.StemWidth, spec.Image.Channels, kernel, plan.StemHeight, plan.StemWidth);
        Head = HeadOf(spec.Head, plan.FeatureChannels, spec.Classes);
        Full = Stem + Head;
        _blocks = new BlockCost[plan.Blocks.Count];
        foreach (var block in plan.Blocks)
        {
            var cost = _blocks[block.Index] = new BlockCost(Body(block), Shortcut(block), Gate(spec, block));
            Full += cost.Body + cost.Shortcut;
        }

        _exits = new long[spec.Exits.Count];
        for (var i = 0; i < _exits.Length; i++)
        {
            _exits[i] = HeadOf(spec.Exits[i].Head, plan.Blocks[spec.Exits[i].AfterBlock].OutChannels, spec.Classes);
        }
    }

    /// <summary>MACs of the stem convolution.</summary>
    public long Stem { get; }

    /// <summary>MACs of the last head.</summary>
    public long Head { get; }

    /// <summary>MACs of each block, in order.</summary>
    public ReadOnlySpan<BlockCost> Blocks => _blocks;

    /// <summary>MACs of each early exit's head, in order.</summary>
    public ReadOnlySpan<long> Exits => _exits;

    /// <summary>Every block run and the last head, no gates and no exits: what a compute fraction of 1 stands for.</summary>
    public long Full { get; }

    /// <summary>Compute fraction of what lies behind a block when all of it runs: the blocks after it and the last head.</summary>
    public double FractionBehind(int block)
        => (double)(Head + _blocks.Skip(block + 1).Sum(after => after.Body + after.Shortcut)) / Full;

    private static long Body(ResidualBlock b)
        => b.IsBottleneck
            ? Convolution(b.MidChannels, b.InChannels, 1, b.InHeight, b.InWidth)
              + Convolution(b.MidChannels, b.MidChannels, 3, b.OutHeight, b.OutWidth)
              + Convolution(b.OutChannels, b.MidChannels, 1, b.OutHeight, b.OutWidth)
            : Convolution(b.MidChannels, b.InChannels, 3, b.OutHeight, b.OutWidth)
              + Convolution(b.OutChannels, b.MidChannels, 3, b.OutHeight, b.OutWidth);

    private static long Shortcut(ResidualBlock b)
        => b.HasProjection ? Convolution(b.OutChannels, b.InChannels, 1, b.OutHeight, b.OutWidth) : 0;

    private static long Gate(NetworkSpec spec, ResidualBlock b)
    {
        if (!b.IsGated)
        {
            return 0;
        }

        long channels = b.InChannels;
        if (spec.Network == NetworkKind.ConvNetAig)
        {
            return (channels * NetworkSpec.AigGateWidth) + (NetworkSpec.AigGateWidth * 2);
        }

        const long Width = NetworkSpec.RecurrentGateWidth;
        return spec.Gate switch
        {
            GateKind.Recurrent => (channels * Width) + (4 * Width * 2 * Width) + Width,
            GateKind.FeedForwardI => Convolution(b.InChannels, b.InChannels, 3, b.InHeight / 2, b.InWidth / 2)
                + Convolution(b.InChannels, b.InChannels, 3, ((b.InHeight / 2) + 1) / 2, ((b.InWidth / 2) + 1) / 2)
                + (2 * channels),
            _ => Convolution(b.InChannels, b.InChannels, 3, (b.InHeight + 1) / 2, (b.InWidth + 1) / 2) + (2 * channels),
        };
    }

    private static long HeadOf(HeadKind head, int channels, int classes)
        => head == HeadKind.Pooled
            ? (long)channels * classes
            : (2L * NetworkSpec.GridSide * NetworkSpec.GridSide * channels * NetworkSpec.GridWidth) + ((long)NetworkSpec.GridWidth * classes);

    private static long Convolution(int output, int input, int kernel, int height, int width)
        => (long)output * input * kernel * kernel * height * width;
}
