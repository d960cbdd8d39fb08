using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.PyTorch;

/// <summary>
/// ConvNet-AIG's names: torchvision's, except that a projection is <c>shortcut</c>, the last layer is <c>linear</c>, and the gate's layers
/// (<c>fc1</c>, <c>fc1bn</c>, <c>fc2</c>) are the block's own.
/// </summary>
internal sealed class NameMapConvNetAig(BlockPlan plan)
{
    private const string Gate = "gate.";
    private const string Downsample = "downsample.";
    private const string Head = "fc.";

    private readonly Dictionary<string, ResidualBlock> _blocks = plan.Blocks.ToDictionary(block => block.Prefix);

    /// <summary>The names in a checkpoint of one tensor of the network.</summary>
    public IReadOnlyList<string> NamesOf(string name)
    {
        if (NameMap.BlockOf(_blocks, name) is not var (block, rest))
        {
            return [name.StartsWith(Head, StringComparison.Ordinal) ? "linear." + name[Head.Length..] : name];
        }

        return rest.StartsWith(Gate, StringComparison.Ordinal) ? [block.Prefix + rest[Gate.Length..]]
            : rest.StartsWith(Downsample, StringComparison.Ordinal) ? [$"{block.Prefix}shortcut.{rest[Downsample.Length..]}"]
            : [name];
    }
}
