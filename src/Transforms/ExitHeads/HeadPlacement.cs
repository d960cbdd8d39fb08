using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;

namespace AdaptiveInference.ML.Transforms.ExitHeads;

/// <summary>Where exits stand by default: after every block of a short network, evenly by compute in a longer one.</summary>
internal static class HeadPlacement
{
    /// <summary>
    /// Heads are nearly free and each one helps the mean; but all of them are kept in memory for all images while they are fitted.
    /// </summary>
    public const int MostExits = 11;

    /// <summary>Indices of the blocks after which there is an exit.</summary>
    /// <param name="plan">The network without its exits.</param>
    public static IReadOnlyList<int> Of(BlockPlan plan)
    {
        var blocks = plan.Blocks.Count;
        if (blocks - 1 <= MostExits)
        {
            return [.. Enumerable.Range(0, blocks - 1)];
        }

        var cost = new CostModel(plan);
        return
        [
            .. Enumerable.Range(1, MostExits)
                .Select(exit => (double)exit / (MostExits + 1))
                .Select(share => Enumerable.Range(0, blocks - 1).MinBy(block => Math.Abs(1 - cost.FractionBehind(block) - share)))
                .Distinct()
                .Order(),
        ];
    }
}
