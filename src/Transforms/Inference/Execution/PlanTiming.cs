using System.Diagnostics;
using AdaptiveInference.ML.Transforms.Cost;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>Measures what the parts of a network cost on this machine, in microseconds on one core.</summary>
/// <remarks>
/// Parts are timed in the order of the network while all of it runs, round after round: weights and maps then come from where they come
/// from in use, and whatever else the machine does disturbs all parts alike. The median over rounds is taken for each part.
/// </remarks>
internal static class PlanTiming
{
    /// <summary>Rounds after which more would say no more.</summary>
    private const int MostRounds = 301;

    /// <summary>Rounds of which the median is still one, however slow the network is.</summary>
    private const int FewestRounds = 3;

    // The first find cold caches and methods that are not compiled yet.
    private const int WarmUps = 2;

    /// <summary>How long it may take, but for the fewest rounds.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    /// <summary>Measures.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="images">Raw pixels of images to run, taken in turns; at least one.</param>
    public static CostTable Measure(InferencePlan plan, IReadOnlyList<float[]> images)
    {
        var rounds = new List<PartTicks>();
        var clock = Stopwatch.StartNew();
        for (var round = -WarmUps; rounds.Count < FewestRounds || (rounds.Count < MostRounds && clock.Elapsed < s_longest); round++)
        {
            var ticks = new PartTicks(plan.Blocks.Blocks.Count, plan.Blocks.Exits.Count);
            plan.Time(images[(round + WarmUps) % images.Count], ticks);
            if (round >= 0)
            {
                rounds.Add(ticks);
            }
        }

        return Median(rounds, [.. plan.Blocks.Blocks.Select(block => (block.Projection is not null, block.IsGated))]);
    }

    /// <summary>The median of each part over rounds.</summary>
    /// <param name="rounds">At least one.</param>
    /// <param name="has">For each block whether it has a projection and a gate: what it does not have costs nothing.</param>
    internal static CostTable Median(IReadOnlyList<PartTicks> rounds, IReadOnlyList<(bool Projection, bool Gate)> has)
    {
        return new CostTable(
            Of(ticks => ticks.Stem),
            [.. has.Select((parts, block) => new BlockPrice(
                Of(ticks => ticks.Bodies[block]),
                parts.Projection ? Of(ticks => ticks.Shortcuts[block]) : 0,
                parts.Gate ? Of(ticks => ticks.Gates[block]) : 0))],
            [.. Enumerable.Range(0, rounds[0].Exits.Length).Select(exit => Of(ticks => ticks.Exits[exit]))],
            Of(ticks => ticks.Head));

        double Of(Func<PartTicks, long> part)
        {
            var sorted = rounds.Select(part).Order().ToArray();
            return sorted[sorted.Length / 2] * (1e6 / Stopwatch.Frequency);
        }
    }
}
