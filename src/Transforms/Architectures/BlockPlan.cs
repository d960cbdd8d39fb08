namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>
/// Every layer of a network, listed once: weights, cost, torch modules, the inference plan, exporters, imports and reports all walk this
/// list.
/// </summary>
internal sealed class BlockPlan
{
    /// <summary>How many times as many channels a bottleneck gives as it has between its convolutions.</summary>
    private const int BottleneckExpansion = 4;

    // In an error message.
    private const int MostExitsShown = 20;

    private BlockPlan(NetworkSpec spec, StemSpec stem, IReadOnlyList<ResidualBlock> blocks, ControlSpec? control)
    {
        Spec = spec;
        Stem = stem;
        Blocks = blocks;
        Control = control;
        var exits = new HeadSpec[spec.Exits.Count];
        for (var i = 0; i < exits.Length; i++)
        {
            exits[i] = HeadSpec.OfExit(i, spec.Exits[i].Head, blocks[spec.Exits[i].AfterBlock].OutChannels, spec.Classes);
        }

        Exits = exits;
        Head = HeadSpec.Last(spec.Head, FeatureChannels, spec.Classes);
    }

    public NetworkSpec Spec { get; }

    public StemSpec Stem { get; }

    public IReadOnlyList<ResidualBlock> Blocks { get; }

    /// <summary>What recurrent gates share; null where gates are others or none.</summary>
    public ControlSpec? Control { get; }

    /// <summary>Heads of the early exits, in the order in which an image meets them.</summary>
    public IReadOnlyList<HeadSpec> Exits { get; }

    /// <summary>The last head.</summary>
    public HeadSpec Head { get; }

    /// <summary>Channels of the last feature map.</summary>
    public int FeatureChannels => Blocks[^1].OutChannels;

    /// <summary>Channels of the map that each head reads: those of the exits, then the last one's.</summary>
    public IEnumerable<int> HeadChannels => Spec.Exits.Select(exit => Blocks[exit.AfterBlock].OutChannels).Append(FeatureChannels);

    /// <summary>Position of the exit behind a block among the exits; null where there is none.</summary>
    public int? ExitAfter(int block)
    {
        for (var exit = 0; exit < Spec.Exits.Count; exit++)
        {
            if (Spec.Exits[exit].AfterBlock == block)
            {
                return exit;
            }
        }

        return null;
    }

    /// <summary>Lays out the blocks of a network.</summary>
    /// <exception cref="ArgumentException">
    /// The image is too small for the gates, or an exit does not follow a block that exists.
    /// </exception>
    public static BlockPlan Of(NetworkSpec spec)
    {
        var architecture = spec.Architecture;
        var stem = StemSpec.Of(architecture, spec.Image);
        var control = spec is { Network: NetworkKind.SkipNet, Gate: GateKind.Recurrent } ? new ControlSpec() : null;
        var blocks = new List<ResidualBlock>();
        var (channels, height, width) = (stem.Convolution.Outputs, stem.OutHeight, stem.OutWidth);
        for (var stage = 1; stage <= architecture.BlocksPerStage.Length; stage++)
        {
            for (var position = 1; position <= architecture.BlocksPerStage[stage - 1]; position++)
            {
                var block = Block(spec, control, blocks.Count, stage, position, channels, height, width);
                blocks.Add(block);
                (channels, height, width) = (block.OutChannels, block.OutHeight, block.OutWidth);
            }
        }

        CheckGates(spec, blocks);
        CheckExits(spec, blocks.Count);
        return new BlockPlan(spec, stem, blocks, control);
    }

    // He et al., CVPR 2016: each stage but the first halves the map and doubles the channels. Their bottlenecks have the stride in the
    // first 1×1 convolution; torchvision's, and those here unless the architecture says otherwise, in the 3×3 one.
    private static ResidualBlock Block(
        NetworkSpec spec, ControlSpec? control, int index, int stage, int position, int channels, int height, int width)
    {
        var isBottleneck = spec.Architecture.IsBottleneck;
        var prefix = ResidualBlock.PrefixOf(stage, position);
        var middle = spec.Architecture.StemWidth << (stage - 1);
        var outputs = isBottleneck ? BottleneckExpansion * middle : middle;
        var stride = stage > 1 && position == 1 ? 2 : 1;
        var body = new List<ConvolutionSpec>();
        if (isBottleneck)
        {
            var stridesFirst = spec.Architecture.StridesFirst;
            Add(middle, 1, stridesFirst ? stride : 1);
            Add(middle, 3, stridesFirst ? 1 : stride);
            Add(outputs, 1, 1);
        }
        else
        {
            Add(middle, 3, stride);
            Add(outputs, 3, 1);
        }

        return new ResidualBlock
        {
            Index = index,
            Stage = stage,
            PositionInStage = position,
            Body = body,
            Projection = stride != 1 || channels != outputs
                ? new ConvolutionSpec(prefix + "downsample.0", prefix + "downsample.1")
                {
                    Inputs = channels, Outputs = outputs, Kernel = 1, Stride = stride, InHeight = height, InWidth = width,
                }
                : null,
            Gate = Gate(spec, control, index, prefix + "gate.", channels, height, width),
            BudgetCurve = spec.AnyBudget && IsGated(spec.Network, index) ? new BudgetCurveSpec(prefix + "gate.budget") : null,
            ReluWhenSkipped = spec.Network != NetworkKind.SkipNet,
        };

        void Add(int to, int kernel, int step)
        {
            var before = body.Count > 0 ? body[^1] : null;
            body.Add(new ConvolutionSpec($"{prefix}conv{body.Count + 1}", $"{prefix}bn{body.Count + 1}")
            {
                Inputs = before?.Outputs ?? channels,
                Outputs = to,
                Kernel = kernel,
                Stride = step,
                InHeight = before?.OutHeight ?? height,
                InWidth = before?.OutWidth ?? width,
            });
        }
    }

    // SkipNet gates all blocks but the first, ConvNet-AIG all.
    private static bool IsGated(NetworkKind network, int index)
        => network == NetworkKind.ConvNetAig || (network == NetworkKind.SkipNet && index > 0);

    private static GateSpec? Gate(NetworkSpec spec, ControlSpec? control, int index, string prefix, int channels, int height, int width)
        => !IsGated(spec.Network, index) ? null
            : spec.Network == NetworkKind.ConvNetAig ? new AigGateSpec(prefix, channels)
            : spec.Gate switch
            {
                GateKind.Recurrent => new RecurrentGateSpec(prefix, channels, control!),
                GateKind.FeedForwardI or GateKind.FeedForwardII
                    => new FeedForwardGateSpec(prefix, spec.Gate == GateKind.FeedForwardI, channels, height, width),
                _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Gate, "Unknown gate."),
            };

    private static void CheckGates(NetworkSpec spec, List<ResidualBlock> blocks)
    {
        if (spec is { AnyBudget: true, Network: NetworkKind.ResNet })
        {
            throw new ArgumentException($"Only gates can be told a budget, and a {spec.Network} has none.");
        }

        // A loop, as everywhere on the way of a model that is loaded: in a fresh process each query is several methods to compile.
        foreach (var block in blocks)
        {
            if (block.Gate is FeedForwardGateSpec { Pool: not null } && (block.InHeight < 2 || block.InWidth < 2))
            {
                throw new ArgumentException(
                    $"Gate {spec.Gate} of {block.Name} needs a feature map of at least 2×2, got {block.InHeight}×{block.InWidth} from "
                    + $"images of {spec.Image}. Use larger images or another gate.");
            }
        }
    }

    private static void CheckExits(NetworkSpec spec, int blocks)
    {
        var last = -1;
        foreach (var exit in spec.Exits)
        {
            if (exit.AfterBlock <= last || exit.AfterBlock >= blocks - 1)
            {
                var given = string.Join(", ", spec.Exits.Take(MostExitsShown).Select(e => e.AfterBlock));
                throw new ArgumentException(
                    $"Exits must follow increasing block indices from 0 to {blocks - 2} of {spec.Architecture}, got {given}"
                    + (spec.Exits.Count > MostExitsShown ? $" and {spec.Exits.Count - MostExitsShown} more." : "."));
            }

            last = exit.AfterBlock;
        }
    }
}
