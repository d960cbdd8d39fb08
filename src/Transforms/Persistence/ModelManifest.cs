using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Model;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Persistence;

/// <summary>
/// The readable part of a model file: all but the weights. Names and order are the format; change them only with its version.
/// </summary>
internal sealed record ModelManifest
{
    /// <summary>Rows and columns of a mean image, at most: it is as smooth as a mean of thousands of pictures is.</summary>
    private const int LargestMeanSide = 1024;

    public required NetworkKind Network { get; init; }

    public required ResNetStyle Style { get; init; }

    public required int Depth { get; init; }

    /// <summary>Null where style and depth alone say it.</summary>
    public ManifestStages? Stages { get; init; }

    /// <summary>Channels of the stem; null where they are the style's.</summary>
    public int? StemWidth { get; init; }

    /// <summary>Whether bottlenecks have their stride in the first convolution.</summary>
    public bool StridesFirst { get; init; }

    public required GateKind Gate { get; init; }

    public required int Channels { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    public required HeadKind Head { get; init; }

    public required ManifestExit[] Exits { get; init; }

    public required bool AveragesHeads { get; init; }

    public required float? GateThreshold { get; init; }

    /// <summary>The budget that gates are told; null for a network whose gates are told none.</summary>
    public float? Budget { get; init; }

    public PixelLayout FlatLayout { get; init; }

    public ResizingKind Resizing { get; init; } = ResizingKind.Fill;

    public required float[] ChannelMean { get; init; }

    public required float[] ChannelStandardDeviation { get; init; }

    /// <summary>Size of the mean image, which stands behind the weights; null where there is none.</summary>
    public ManifestSize? MeanImage { get; init; }

    public required ManifestClasses Classes { get; init; }

    public required ScoringColumns Columns { get; init; }

    /// <summary>How the network came to be in 8 bits, the ranges for which stand behind the weights; null where it is not.</summary>
    public Int8Calibration? Int8 { get; init; }

    public AccuracyGuarantee? Guarantee { get; init; }

    public RefusalGuarantee? Refusal { get; init; }

    public static ModelManifest Of(GatedResNetModel model, ScoringColumns columns) => new()
    {
        Network = model.Spec.Network,
        Style = model.Spec.Architecture.Style,
        Depth = model.Spec.Architecture.Depth,
        Stages = ManifestStages.Of(model.Spec.Architecture),
        StemWidth = model.Spec.Architecture.StemWidth == model.Spec.Architecture.UsualStemWidth ? null : model.Spec.Architecture.StemWidth,
        StridesFirst = model.Spec.Architecture.StridesFirst,
        Gate = model.Spec.Gate,
        Channels = model.Spec.Image.Channels,
        Height = model.Spec.Image.Height,
        Width = model.Spec.Image.Width,
        Head = model.Spec.Head,
        Exits = [.. model.Spec.Exits.Select((exit, i) => new ManifestExit(exit.AfterBlock, exit.Head, model.Policy.ConfidenceOf(i)))],
        AveragesHeads = model.Spec.AveragesHeads,
        GateThreshold = model.Policy.GateThreshold,
        Budget = model.Policy.Budget,
        FlatLayout = model.FlatLayout,
        Resizing = model.Resizing,
        ChannelMean = model.Channels.Mean.ToArray(),
        ChannelStandardDeviation = model.Channels.StandardDeviation.ToArray(),
        MeanImage = model.Channels.MeanImage is { Shape: var size } ? new ManifestSize(size.Height, size.Width) : null,
        Classes = ManifestClasses.Of(model.Classes),
        Columns = columns,
        Int8 = model.Int8?.Calibration,
        Guarantee = model.Guarantee,
        Refusal = model.Refusal,
    };

    /// <summary>The network that is described.</summary>
    /// <exception cref="NetworkTooLargeException">It is larger than <see cref="ResourceLimits"/> allow.</exception>
    /// <exception cref="ArgumentException">It is not one that can exist.</exception>
    public BlockPlan ToBlocks()
    {
        if (Classes.Names.Length > NetworkSpec.MaximumClasses)
        {
            throw new ArgumentException($"A network has at most {NetworkSpec.MaximumClasses} classes, got {Classes.Names.Length}.");
        }

        if (Classes.Names.Length == 0 && Exits.Length > 0)
        {
            throw new ArgumentException("A network with exits has classes, got none.");
        }

        var blocks = BlockPlan.Of(new NetworkSpec
        {
            Network = Network,
            Architecture = Architecture(),
            Gate = Gate,
            Image = new ImageShape(Channels, Height, Width),
            Classes = Classes.Names.Length,
            Head = Head,
            Exits = Array.ConvertAll(Exits, exit => new ExitSpec(exit.AfterBlock, exit.Head)),
            AveragesHeads = AveragesHeads,
            AnyBudget = Budget is not null,
        });
        NetworkSizeCheck.Require(blocks, inEightBits: Int8 is not null);
        return blocks;
    }

    /// <exception cref="ArgumentException">A threshold is out of range.</exception>
    public ScoringPolicy ToPolicy()
    {
        var confidences = Array.ConvertAll(Exits, exit => exit.Confidence);
        Check("Gate threshold", GateThreshold ?? 0);
        Check("Budget of the gates", Budget ?? 0);
        for (var exit = 0; exit < confidences.Length; exit++)
        {
            Check($"Confidence of exit {exit}", confidences[exit]);
        }

        return new ScoringPolicy { GateThreshold = GateThreshold, Budget = Budget, ExitConfidence = confidences };

        static void Check(string what, float value)
        {
            if (value is not (>= 0 and <= 1))
            {
                throw new ArgumentException(FormattableString.Invariant($"{what} must be from 0 to 1, got {value}."));
            }
        }
    }

    /// <summary>Size of the mean image; null where there is none.</summary>
    /// <exception cref="ArgumentException">No image can have it.</exception>
    public ImageShape? MeanShape() => MeanImage is not { } size ? null
        : size.Height <= LargestMeanSide && size.Width <= LargestMeanSide ? new ImageShape(Channels, size.Height, size.Width)
        : throw new ArgumentException($"its mean image of {size.Height}×{size.Width} is larger than {LargestMeanSide}×{LargestMeanSide}");

    /// <param name="meanImage">What stands behind the weights.</param>
    public ChannelStatistics ToStatistics(MeanImage? meanImage = null) => new(ChannelMean, ChannelStandardDeviation, meanImage);

    // What is said although it is so anyway is no file of this library's.
    private ResNetArchitecture Architecture()
    {
        var architecture = StagesOnly();
        if (StemWidth is { } width)
        {
            architecture = width != architecture.UsualStemWidth
                ? architecture.WithStemWidth(width)
                : throw new ArgumentException($"{architecture} has a stem of {width} channels anyway, and it is said as well.");
        }

        return !StridesFirst ? architecture
            : architecture.IsBottleneck ? architecture.WithStrideInFirstConvolution()
            : throw new ArgumentException($"{architecture} has no bottlenecks, and their stride is said.");
    }

    private ResNetArchitecture StagesOnly()
    {
        if (Stages is null)
        {
            return ResNetArchitecture.Create(Style, Depth);
        }

        var architecture = ResNetArchitecture.ImageNet(Stages.Blocks, Stages.AreBottlenecks);
        if (architecture.HasNamedStages)
        {
            throw new ArgumentException($"{architecture} is said by its style and depth alone, and its stages are listed as well.");
        }

        return Style == ResNetStyle.ImageNet && architecture.Depth == Depth
            ? architecture
            : throw new ArgumentException($"Stages of {architecture} do not go with the style {Style} and a depth of {Depth}.");
    }
}

/// <summary>The stages of an ImageNet network that is not one of the named depths.</summary>
internal sealed record ManifestStages(int[] Blocks, bool AreBottlenecks)
{
    public static ManifestStages? Of(ResNetArchitecture architecture)
        => architecture.HasNamedStages ? null : new ManifestStages(architecture.BlocksPerStage.ToArray(), architecture.IsBottleneck);
}

/// <summary>Height and width.</summary>
internal sealed record ManifestSize(int Height, int Width);

/// <summary>An early exit and the confidence at which it is taken.</summary>
internal sealed record ManifestExit(int AfterBlock, HeadKind Head, float Confidence);
