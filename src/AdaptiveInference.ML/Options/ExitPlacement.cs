using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;

namespace AdaptiveInference.ML.Options;

/// <summary>Where a network's exits are.</summary>
internal static class ExitPlacement
{
    /// <summary>Shares of the network's MACs after which there is an exit by default.</summary>
    private static readonly double[] Shares = [0.12, 0.35, 0.56];

    /// <summary>The exits that options describe.</summary>
    /// <param name="spec">The network without exits.</param>
    /// <param name="options">The options.</param>
    public static IReadOnlyList<ExitSpec> Of(NetworkSpec spec, ExitOptions options)
        => [.. (options.AfterBlocks ?? Default(spec)).Select(block => new ExitSpec(block, options.Head))];

    /// <summary>
    /// The blocks that end nearest to the default shares, never the last; fewer than there are shares when a network is too short for them.
    /// </summary>
    private static IReadOnlyList<int> Default(NetworkSpec spec)
    {
        var plan = BlockPlan.Of(spec);
        var cost = new CostModel(plan);
        var ends = new List<double>();
        var spent = cost.Stem;
        foreach (var block in cost.Blocks)
        {
            spent += block.Body + block.Shortcut;
            ends.Add((double)spent / cost.Full);
        }

        return
        [
            .. Shares.Select(share => Enumerable.Range(0, ends.Count - 1).MinBy(block => Math.Abs(ends[block] - share))).Distinct().Order(),
        ];
    }
}
