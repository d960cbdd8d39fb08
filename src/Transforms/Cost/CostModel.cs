using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Cost;

/// <summary>Multiply–accumulates of one residual block.</summary>
/// <param name="Body">Convolutions of the residual branch: spent when the block runs.</param>
/// <param name="Shortcut">Projection of the shortcut: spent whether the block runs or not, because either result needs it.</param>
/// <param name="Gate">Gate network: spent whenever the gate is evaluated.</param>
internal readonly record struct BlockCost(long Body, long Shortcut, long Gate);

/// <summary>
/// Sums multiply–accumulates (MACs). The convention, used by every figure of this library: one multiply–accumulate of a convolution, a
/// fully connected layer or an LSTM is 1 MAC. Batch-norm (folded into convolutions), biases, activations, pooling, additions and
/// softmax are 0. The mathematics is counted, not what a faster algorithm such as Winograd's needs.
/// </summary>
internal sealed class CostModel
{
    private readonly BlockCost[] _blocks;
    private readonly long[] _exits;

    public CostModel(BlockPlan plan)
    {
        Stem = plan.Stem.Convolution.Macs;
        Head = plan.Head.Macs;
        Full = Stem + Head;
        _blocks = new BlockCost[plan.Blocks.Count];
        foreach (var block in plan.Blocks)
        {
            var cost = _blocks[block.Index]
                = new BlockCost(LayerSpec.MacsOf(block.Body), block.Projection?.Macs ?? 0, block.Gate?.Macs ?? 0);
            Full += cost.Body + cost.Shortcut;
        }

        _exits = new long[plan.Exits.Count];
        for (var i = 0; i < _exits.Length; i++)
        {
            _exits[i] = plan.Exits[i].Macs;
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

    /// <summary>Every block run and the last head, no gates and no exits: a compute fraction of 1.</summary>
    public long Full { get; }

    /// <summary>Compute fraction of what lies behind a block when all of it runs: the blocks after it and the last head.</summary>
    public double FractionBehind(int block)
    {
        // A loop: a query over values of a type of our own is twenty methods to compile, and every model that is loaded asks this.
        var macs = Head;
        foreach (var after in Blocks[(block + 1)..])
        {
            macs += after.Body + after.Shortcut;
        }

        return (double)macs / Full;
    }
}
