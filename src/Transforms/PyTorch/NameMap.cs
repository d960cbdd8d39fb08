using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.PyTorch;

/// <summary>
/// The names that the original PyTorch projects give to the tensors of a network. Static networks are torchvision's, whose names the weight
/// layout has already.
/// </summary>
internal sealed class NameMap
{
    private NameMap(IReadOnlyList<TensorSource> sources, IReadOnlySet<string> ignored)
    {
        Sources = sources;
        Ignored = ignored;
    }

    /// <summary>The source of every tensor of the network, in the order of its layout.</summary>
    public IReadOnlyList<TensorSource> Sources { get; }

    /// <summary>Names that a checkpoint may have although the network does not need them.</summary>
    public IReadOnlySet<string> Ignored { get; }

    /// <summary>The names for a network.</summary>
    public static NameMap Of(BlockPlan plan)
    {
        Func<string, IReadOnlyList<string>> names = plan.Spec.Network switch
        {
            NetworkKind.SkipNet => new NameMapSkipNet(plan).NamesOf,
            NetworkKind.ConvNetAig => new NameMapConvNetAig(plan).NamesOf,
            _ => name => [name],
        };
        IEnumerable<string> ignored = plan.Spec.Network == NetworkKind.SkipNet ? NameMapSkipNet.LastGate(plan) : [];
        return new NameMap(
            [.. WeightLayout.Of(plan).Select(tensor => new TensorSource(tensor, names(tensor.Name)))],
            ignored.ToHashSet());
    }

    /// <summary>Splits the name of a block's tensor into the block and what follows its prefix; null for a tensor of no block.</summary>
    public static (ResidualBlock Block, string Part)? BlockOf(IReadOnlyDictionary<string, ResidualBlock> blocks, string name)
    {
        // Prefixes have the form "layer2.0.": they end at the second dot.
        var first = name.IndexOf('.', StringComparison.Ordinal);
        var second = first < 0 ? -1 : name.IndexOf('.', first + 1);
        return second >= 0 && blocks.TryGetValue(name[..(second + 1)], out var block) ? (block, name[(second + 1)..]) : null;
    }
}
