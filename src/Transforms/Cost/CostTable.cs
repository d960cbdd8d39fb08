namespace AdaptiveInference.ML.Transforms.Cost;

/// <summary>What one residual block costs; see <see cref="BlockCost"/>.</summary>
/// <param name="Body">Spent when the block runs.</param>
/// <param name="Shortcut">Spent whether the block runs or not.</param>
/// <param name="Gate">Spent whenever the gate is evaluated.</param>
internal readonly record struct BlockPrice(double Body, double Shortcut, double Gate);

/// <summary>
/// What every part of a network costs, in any one unit: multiply–accumulates, or microseconds on the machine at hand. Whoever chooses
/// thresholds by cost is given one of these.
/// </summary>
internal sealed class CostTable
{
    private readonly BlockPrice[] _blocks;
    private readonly double[] _exits;

    /// <param name="stem">The stem.</param>
    /// <param name="blocks">Each block in order.</param>
    /// <param name="exits">Each early exit's head in order.</param>
    /// <param name="head">The last head.</param>
    public CostTable(double stem, ReadOnlySpan<BlockPrice> blocks, ReadOnlySpan<double> exits, double head)
    {
        (Stem, _blocks, _exits, Head) = (stem, blocks.ToArray(), exits.ToArray(), head);
        Full = stem + head;
        foreach (var block in blocks)
        {
            Full += block.Body + block.Shortcut;
        }
    }

    /// <summary>Multiply–accumulates; sums of them are exact.</summary>
    public static CostTable OfMacs(CostModel cost)
    {
        var blocks = new BlockPrice[cost.Blocks.Length];
        for (var i = 0; i < blocks.Length; i++)
        {
            var (body, shortcut, gate) = cost.Blocks[i];
            blocks[i] = new BlockPrice(body, shortcut, gate);
        }

        var exits = new double[cost.Exits.Length];
        for (var i = 0; i < exits.Length; i++)
        {
            exits[i] = cost.Exits[i];
        }

        return new CostTable(cost.Stem, blocks, exits, cost.Head);
    }

    /// <summary>The same on something that takes another share of it throughout.</summary>
    public CostTable Times(double factor)
    {
        var (blocks, exits) = (_blocks.ToArray(), _exits.ToArray());
        for (var i = 0; i < blocks.Length; i++)
        {
            var (body, shortcut, gate) = blocks[i];
            blocks[i] = new BlockPrice(factor * body, factor * shortcut, factor * gate);
        }

        for (var i = 0; i < exits.Length; i++)
        {
            exits[i] *= factor;
        }

        return new CostTable(factor * Stem, blocks, exits, factor * Head);
    }

    public double Stem { get; }

    public double Head { get; }

    public ReadOnlySpan<BlockPrice> Blocks => _blocks;

    public ReadOnlySpan<double> Exits => _exits;

    /// <summary>Every block run and the last head, no gates and no exits: a fraction of 1.</summary>
    public double Full { get; }
}
