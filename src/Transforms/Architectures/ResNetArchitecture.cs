using System.Globalization;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Limits;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// Depth and style of a residual network (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016).
/// </summary>
public sealed record ResNetArchitecture
{
    private const int MaximumCifarDepth = 1202;
    private const int MaximumStages = 6;

    // As many as the deepest CIFAR network has.
    private const int MaximumBlocks = 600;

    private const int WidthStep = 8;

    // Of six stages of bottlenecks the widest layer then has 604 million weights, which an Int32 can still count.
    private const int MaximumWidth = 256;

    private static readonly Dictionary<int, int[]> ImageNetStages = new()
    {
        [18] = [2, 2, 2, 2],
        [34] = [3, 4, 6, 3],
        [50] = [3, 4, 6, 3],
        [101] = [3, 4, 23, 3],
        [152] = [3, 8, 36, 3],
    };

    private readonly int[] _blocksPerStage;

    private ResNetArchitecture(ResNetStyle style, int[] blocksPerStage, bool isBottleneck)
    {
        Style = style;
        IsBottleneck = isBottleneck;
        _blocksPerStage = blocksPerStage;
        StemWidth = UsualStemWidth;
    }

    /// <summary>Number of layers with weights on the main path, shortcuts and gates not counted.</summary>
    public int Depth => 2 + (Blocks * (IsBottleneck ? 3 : 2));

    /// <summary>Stem and widths of the network.</summary>
    internal ResNetStyle Style { get; }

    /// <summary>Residual blocks of each stage.</summary>
    internal ReadOnlySpan<int> BlocksPerStage => _blocksPerStage;

    /// <summary>Residual blocks of all stages.</summary>
    internal int Blocks => _blocksPerStage.Sum();

    /// <summary>Whether blocks are bottlenecks (1×1, 3×3, 1×1) and not basic (3×3, 3×3).</summary>
    internal bool IsBottleneck { get; }

    /// <summary>Whether style and depth alone say which stages the network has.</summary>
    internal bool HasNamedStages
        => Style == ResNetStyle.Cifar
            || (ImageNetStages.TryGetValue(Depth, out var stages) && IsBottleneck == HasBottlenecks(Depth)
                && _blocksPerStage.SequenceEqual(stages));

    /// <summary>Channels of the stem's output.</summary>
    internal int StemWidth { get; private init; }

    /// <summary>Channels of the stem's output in the papers.</summary>
    internal int UsualStemWidth => Style == ResNetStyle.Cifar ? 16 : 64;

    /// <summary>
    /// Whether the bottleneck that halves the map does so in its first 1×1 convolution, as in the paper's own networks, and not in the 3×3
    /// one, as torchvision's.
    /// </summary>
    internal bool StridesFirst { get; private init; }

    /// <summary>
    /// CIFAR style: 3×3 stem, three stages of 16, 32 and 64 channels, basic blocks, projection shortcuts. For small images.
    /// </summary>
    /// <param name="depth">6n+2 for n blocks per stage, from 8 to 1202: 8, 14, 20, 32, 38, 44, 56, 74, 110, 152 …</param>
    /// <returns>The architecture.</returns>
    /// <exception cref="ArgumentException"><paramref name="depth"/> is not of that form.</exception>
    public static ResNetArchitecture Cifar(int depth)
    {
        if (depth is < 8 or > MaximumCifarDepth || (depth - 2) % 6 != 0)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"CIFAR ResNet depth must be 6n+2 from 8 to {MaximumCifarDepth} (8, 14, 20, 32, 38, 44, 56, 74, 110 …), got {depth}."));
        }

        var blocks = (depth - 2) / 6;
        return new ResNetArchitecture(ResNetStyle.Cifar, [blocks, blocks, blocks], isBottleneck: false);
    }

    /// <summary>
    /// ImageNet style: 7×7 stem with stride 2 and 3×3 max pool with stride 2, four stages of 64, 128, 256 and 512 channels, basic blocks
    /// (18, 34) or bottlenecks with four times as many output channels and the stride in the 3×3 convolution (50, 101, 152); see
    /// <see cref="WithStrideInFirstConvolution"/>.
    /// </summary>
    /// <param name="depth">18, 34, 50, 101 or 152.</param>
    /// <returns>The architecture.</returns>
    /// <exception cref="ArgumentException"><paramref name="depth"/> is another number.</exception>
    public static ResNetArchitecture ImageNet(int depth)
        => ImageNetStages.TryGetValue(depth, out var stages)
            ? new ResNetArchitecture(ResNetStyle.ImageNet, stages, HasBottlenecks(depth))
            : throw new ArgumentException(
                FormattableString.Invariant($"ImageNet ResNet depth must be 18, 34, 50, 101 or 152, got {depth}."));

    /// <summary>
    /// ImageNet style with any number of blocks in each stage: 7×7 stem with stride 2, 3×3 max pool with stride 2, and stages of 64, 128,
    /// 256, 512 … channels, each of which but the first halves height and width. <c>ImageNet([3, 4, 6, 3], bottleneck: true)</c> is the
    /// same as <c>ImageNet(50)</c>.
    /// </summary>
    /// <param name="blocksPerStage">
    /// Blocks of each stage, such as [2, 2, 2, 3]: 1 to 6 stages of at least 1 block, 600 blocks in all.
    /// </param>
    /// <param name="bottleneck">
    /// Whether blocks are bottlenecks (1×1, 3×3, 1×1, with four times as many output channels) and not basic (3×3, 3×3). The default is
    /// false.
    /// </param>
    /// <returns>The architecture.</returns>
    /// <exception cref="ArgumentException"><paramref name="blocksPerStage"/> is not such a list.</exception>
    public static ResNetArchitecture ImageNet(IReadOnlyList<int> blocksPerStage, bool bottleneck = false)
    {
        ArgumentNullException.ThrowIfNull(blocksPerStage);
        int[] stages = [.. blocksPerStage];
        var isList = stages.Length is >= 1 and <= MaximumStages && Array.TrueForAll(stages, blocks => blocks is >= 1 and <= MaximumBlocks);
        return isList && stages.Sum() <= MaximumBlocks
            ? new ResNetArchitecture(ResNetStyle.ImageNet, stages, bottleneck)
            : throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"An ImageNet ResNet has 1 to {MaximumStages} stages of at least 1 block, {MaximumBlocks} blocks in all, "
                + $"got {QuotedText.List(stages)}."));
    }

    /// <summary>
    /// The same network with its stride in the first 1×1 convolution of a bottleneck, as the paper's own networks, Caffe's and MXNet's have
    /// it (ResNet v1 of the ONNX Model Zoo). It computes a little less, and the weights of one kind are of no use to the other. Basic
    /// blocks have their stride in the first convolution anyway: for them the architecture is what it was.
    /// </summary>
    /// <returns>The architecture.</returns>
    public ResNetArchitecture WithStrideInFirstConvolution() => IsBottleneck ? this with { StridesFirst = true } : this;

    /// <summary>
    /// The same network with more or fewer channels: those of the stem and the first stage, which every further stage doubles (bottlenecks
    /// have four times as many outputs). Compute changes with the square of the width.
    /// </summary>
    /// <param name="channels">8, 16, 24 … 256. The papers' are 16 in the CIFAR style and 64 in the ImageNet style.</param>
    /// <returns>The architecture.</returns>
    /// <exception cref="ArgumentException"><paramref name="channels"/> is another number.</exception>
    public ResNetArchitecture WithStemWidth(int channels)
        => IsWidth(channels)
            ? this with { StemWidth = channels }
            : throw new ArgumentException(FormattableString.Invariant(
                $"The width of a stem must be a multiple of {WidthStep} from {WidthStep} to {MaximumWidth}, got {channels}."));

    /// <summary>Whether a stem may have so many channels.</summary>
    internal static bool IsWidth(long channels) => channels is >= WidthStep and <= MaximumWidth && channels % WidthStep == 0;

    /// <summary>The architecture of a style and a depth, as read from a model file.</summary>
    internal static ResNetArchitecture Create(ResNetStyle style, int depth)
        => style == ResNetStyle.Cifar ? Cifar(depth) : ImageNet(depth);

    /// <summary>Two architectures of one style with the same blocks in every stage, of the same width and strides, are the same.</summary>
    public bool Equals(ResNetArchitecture? other)
        => other is not null && Style == other.Style && IsBottleneck == other.IsBottleneck && StemWidth == other.StemWidth
            && StridesFirst == other.StridesFirst && BlocksPerStage.SequenceEqual(other.BlocksPerStage);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Style, IsBottleneck, Depth, _blocksPerStage[^1], StemWidth, StridesFirst);

    /// <summary>
    /// For example <c>ResNet-38 (CIFAR)</c>, <c>ResNet-50 (ImageNet)</c>, <c>ResNet-20 (ImageNet, blocks [2, 2, 2, 3])</c> or
    /// <c>ResNet-50 (ImageNet, stem of 32 channels, stride in the first convolution)</c>.
    /// </summary>
    public override string ToString()
    {
        var text = $"ResNet-{Depth} ({(Style == ResNetStyle.Cifar ? "CIFAR" : "ImageNet")}";
        if (!HasNamedStages)
        {
            text += $", {(IsBottleneck ? "bottlenecks" : "blocks")} [{string.Join(", ", _blocksPerStage)}]";
        }

        text += StemWidth == UsualStemWidth ? "" : $", stem of {StemWidth} channels";
        return text + (StridesFirst ? ", stride in the first convolution)" : ")");
    }

    private static bool HasBottlenecks(int depth) => depth >= 50;
}
