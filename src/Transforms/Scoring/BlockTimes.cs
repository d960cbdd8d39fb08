using AdaptiveInference.ML.Transforms.Cost;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>Adds what was measured to what is known of blocks and exits.</summary>
internal static class BlockTimes
{
    public static IReadOnlyList<BlockInfo> Of(IReadOnlyList<BlockInfo> blocks, CostTable times)
    {
        var timed = new BlockInfo[blocks.Count];
        for (var i = 0; i < timed.Length; i++)
        {
            var (body, shortcut, gate) = times.Blocks[i];
            timed[i] = blocks[i] with { Microseconds = body + shortcut, GateMicroseconds = gate };
        }

        return Array.AsReadOnly(timed);
    }

    public static IReadOnlyList<ExitInfo> Of(IReadOnlyList<ExitInfo> exits, CostTable times)
    {
        var timed = new ExitInfo[exits.Count];
        for (var i = 0; i < timed.Length; i++)
        {
            timed[i] = exits[i] with { Microseconds = times.Exits[i] };
        }

        return Array.AsReadOnly(timed);
    }
}
