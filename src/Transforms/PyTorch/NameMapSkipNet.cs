using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.PyTorch;

/// <summary>
/// SkipNet's names: block i of group g is <c>group{g}_layer{i}</c>, and <c>group{g}_gate{i}</c> reads that block's output, so it decides
/// the block that follows. The projection of a block exists twice, as <c>group{g}_layer{i}.downsample</c> and as <c>group{g}_ds{i}</c>,
/// because the previous output goes through it when the block is skipped.
/// </summary>
internal sealed class NameMapSkipNet(BlockPlan plan)
{
    private const string Gate = "gate.";
    private const string Downsample = "downsample.";

    private readonly Dictionary<string, ResidualBlock> _blocks = plan.Blocks.ToDictionary(block => block.Prefix);

    /// <summary>The names in a checkpoint of one tensor of the network.</summary>
    public IReadOnlyList<string> NamesOf(string name)
    {
        if (NameMap.BlockOf(_blocks, name) is not var (block, rest))
        {
            return [name];
        }

        if (rest.StartsWith(Gate, StringComparison.Ordinal))
        {
            return [GatePrefix(plan.Blocks[block.Index - 1]) + GatePart(rest[Gate.Length..])];
        }

        var plain = $"group{block.Stage}_layer{block.PositionInStage - 1}.{rest}";
        return rest.StartsWith(Downsample, StringComparison.Ordinal)
            ? [plain, $"group{block.Stage}_ds{block.PositionInStage - 1}.{rest[Downsample.Length..]}"]
            : [plain];
    }

    /// <summary>Names of the gate after the last block: it is stored but decides nothing.</summary>
    public static IEnumerable<string> LastGate(BlockPlan plan)
    {
        // The gate of the block before has the same parts, whatever the kind of gate.
        var prefix = plan.Blocks[^1].Prefix + Gate;
        return WeightLayout.Of(plan)
            .Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(tensor => GatePrefix(plan.Blocks[^1]) + GatePart(tensor.Name[prefix.Length..]));
    }

    private static string GatePrefix(ResidualBlock read) => $"group{read.Stage}_gate{read.PositionInStage - 1}.";

    // The recurrent gate's embedding is the second layer of a sequence whose first is the average pool.
    private static string GatePart(string part)
        => part.StartsWith("embed.", StringComparison.Ordinal) ? "1." + part["embed.".Length..]
            : part.StartsWith("linear.", StringComparison.Ordinal) ? "linear_layer." + part["linear.".Length..]
            : part;
}
