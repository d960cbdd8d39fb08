namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>One residual block: where it stands, how large it is, and what decides whether it runs.</summary>
internal sealed record ResidualBlock
{
    /// <summary>Position in the network from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Stage from 1.</summary>
    public required int Stage { get; init; }

    /// <summary>Position in the stage from 1.</summary>
    public required int PositionInStage { get; init; }

    public required bool IsBottleneck { get; init; }

    public required int InChannels { get; init; }

    /// <summary>Channels between the convolutions of the block.</summary>
    public required int MidChannels { get; init; }

    public required int OutChannels { get; init; }

    public required int Stride { get; init; }

    public required int InHeight { get; init; }

    public required int InWidth { get; init; }

    public required int OutHeight { get; init; }

    public required int OutWidth { get; init; }

    /// <summary>Whether the shortcut is a 1×1 convolution with batch-norm and not the identity.</summary>
    public required bool HasProjection { get; init; }

    /// <summary>Whether a gate decides per image if the block runs.</summary>
    public required bool IsGated { get; init; }

    /// <summary>Name for people, such as <c>stage2.block3</c>.</summary>
    public string Name => $"stage{Stage}.block{PositionInStage}";

    /// <summary>Prefix of the block's tensors in PyTorch's naming, such as <c>layer2.2.</c>.</summary>
    public string Prefix => $"layer{Stage}.{PositionInStage - 1}.";
}

/// <summary>
/// The one flat list of blocks that network, cost model, inference plan, exporters and reports all walk, with the sizes of the feature
/// maps between them.
/// </summary>
internal sealed class BlockPlan
{
    // In an error message.
    private const int MostExitsShown = 20;

    private BlockPlan(NetworkSpec spec, int stemHeight, int stemWidth, int height, int width, IReadOnlyList<ResidualBlock> blocks)
    {
        Spec = spec;
        StemHeight = stemHeight;
        StemWidth = stemWidth;
        PooledHeight = height;
        PooledWidth = width;
        Blocks = blocks;
    }

    public NetworkSpec Spec { get; }

    /// <summary>Height of the stem convolution's output, before any pooling.</summary>
    public int StemHeight { get; }

    /// <summary>Width of the stem convolution's output, before any pooling.</summary>
    public int StemWidth { get; }

    /// <summary>Height of what the first block reads: after the stem's max pool where there is one.</summary>
    public int PooledHeight { get; }

    /// <summary>Width of what the first block reads.</summary>
    public int PooledWidth { get; }

    public IReadOnlyList<ResidualBlock> Blocks { get; }

    /// <summary>Channels of the last feature map.</summary>
    public int FeatureChannels => Blocks[^1].OutChannels;

    /// <summary>Lays out the blocks of a network.</summary>
    /// <exception cref="ArgumentException">The image is too small for the gates, or an exit does not follow a block that exists.</exception>
    public static BlockPlan Of(NetworkSpec spec)
    {
        var architecture = spec.Architecture;
        var cifar = architecture.Style == ResNetStyle.Cifar;
        int stemHeight = cifar ? spec.Image.Height : Halved(spec.Image.Height), stemWidth = cifar ? spec.Image.Width : Halved(spec.Image.Width);
        int height = cifar ? stemHeight : Halved(stemHeight), width = cifar ? stemWidth : Halved(stemWidth);
        var plan = new List<ResidualBlock>();
        var channels = architecture.StemWidth;
        int h = height, w = width;
        for (var stage = 1; stage <= architecture.BlocksPerStage.Length; stage++)
        {
            var mid = architecture.StemWidth << (stage - 1);
            var output = architecture.IsBottleneck ? mid * 4 : mid;
            for (var position = 1; position <= architecture.BlocksPerStage[stage - 1]; position++)
            {
                var stride = stage > 1 && position == 1 ? 2 : 1;
                var block = new ResidualBlock
                {
                    Index = plan.Count,
                    Stage = stage,
                    PositionInStage = position,
                    IsBottleneck = architecture.IsBottleneck,
                    InChannels = channels,
                    MidChannels = mid,
                    OutChannels = output,
                    Stride = stride,
                    InHeight = h,
                    InWidth = w,
                    OutHeight = stride == 2 ? Halved(h) : h,
                    OutWidth = stride == 2 ? Halved(w) : w,
                    HasProjection = stride != 1 || channels != output,
                    IsGated = IsGated(spec.Network, plan.Count),
                };
                plan.Add(block);
                (channels, h, w) = (output, block.OutHeight, block.OutWidth);
            }
        }

        CheckGates(spec, plan);
        CheckExits(spec, plan.Count);
        return new BlockPlan(spec, stemHeight, stemWidth, height, width, plan);
    }

    // A 3×3 convolution with padding 1 and a 1×1 convolution without, both with stride 2, end at the same size.
    private static int Halved(int size) => (size + 1) / 2;

    private static bool IsGated(NetworkKind network, int index) => network switch
    {
        NetworkKind.SkipNet => index > 0,
        NetworkKind.ConvNetAig => true,
        _ => false,
    };

    private static void CheckGates(NetworkSpec spec, List<ResidualBlock> blocks)
    {
        if (spec is { Network: NetworkKind.SkipNet, Gate: GateKind.FeedForwardI }
            && blocks.Find(block => block.IsGated && (block.InHeight < 2 || block.InWidth < 2)) is { } small)
        {
            throw new ArgumentException(
                $"Gate FeedForwardI of {small.Name} needs a feature map of at least 2×2, got {small.InHeight}×{small.InWidth} from images of "
                + $"{spec.Image}. Use larger images or another gate.");
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
