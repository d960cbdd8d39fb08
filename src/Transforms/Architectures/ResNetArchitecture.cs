using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// Depth and style of a residual network (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016).
/// </summary>
public sealed record ResNetArchitecture
{
    private const int MaximumCifarDepth = 1202;

    private static readonly Dictionary<int, int[]> ImageNetStages = new()
    {
        [18] = [2, 2, 2, 2],
        [34] = [3, 4, 6, 3],
        [50] = [3, 4, 6, 3],
        [101] = [3, 4, 23, 3],
        [152] = [3, 8, 36, 3],
    };

    private readonly int[] _blocksPerStage;

    private ResNetArchitecture(ResNetStyle style, int depth, int[] blocksPerStage)
    {
        Style = style;
        Depth = depth;
        _blocksPerStage = blocksPerStage;
    }

    /// <summary>Number of layers with weights on the main path, shortcuts and gates not counted.</summary>
    public int Depth { get; }

    /// <summary>Stem and widths of the network.</summary>
    internal ResNetStyle Style { get; }

    /// <summary>Residual blocks of each stage.</summary>
    internal ReadOnlySpan<int> BlocksPerStage => _blocksPerStage;

    /// <summary>Whether blocks are bottlenecks (1×1, 3×3, 1×1) and not basic (3×3, 3×3).</summary>
    internal bool IsBottleneck => Style == ResNetStyle.ImageNet && Depth >= 50;

    /// <summary>Channels of the stem's output.</summary>
    internal int StemWidth => Style == ResNetStyle.Cifar ? 16 : 64;

    /// <summary>
    /// CIFAR style: 3×3 stem, three stages of 16, 32 and 64 channels, basic blocks, projection shortcuts. For small images.
    /// </summary>
    /// <param name="depth">6n+2 for n blocks per stage, from 8 to 1202: 8, 14, 20, 32, 38, 44, 56, 74, 110, 152 …</param>
    /// <exception cref="ArgumentException"><paramref name="depth"/> is not of that form.</exception>
    public static ResNetArchitecture Cifar(int depth)
    {
        if (depth is < 8 or > MaximumCifarDepth || (depth - 2) % 6 != 0)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"CIFAR ResNet depth must be 6n+2 (20, 32, 38, 44, 56, 74, 110, 152), got {depth}."));
        }

        var blocks = (depth - 2) / 6;
        return new ResNetArchitecture(ResNetStyle.Cifar, depth, [blocks, blocks, blocks]);
    }

    /// <summary>
    /// ImageNet style: 7×7 stem with stride 2 and 3×3 max pool with stride 2, four stages of 64, 128, 256 and 512 channels, basic blocks
    /// (18, 34) or bottlenecks with four times as many output channels and the stride in the 3×3 convolution (50, 101, 152).
    /// </summary>
    /// <param name="depth">18, 34, 50, 101 or 152.</param>
    /// <exception cref="ArgumentException"><paramref name="depth"/> is another number.</exception>
    public static ResNetArchitecture ImageNet(int depth)
        => ImageNetStages.TryGetValue(depth, out var stages)
            ? new ResNetArchitecture(ResNetStyle.ImageNet, depth, stages)
            : throw new ArgumentException(
                FormattableString.Invariant($"ImageNet ResNet depth must be 18, 34, 50, 101 or 152, got {depth}."));

    /// <summary>The architecture of a style and a depth, as read from a model file.</summary>
    internal static ResNetArchitecture Create(ResNetStyle style, int depth)
        => style == ResNetStyle.Cifar ? Cifar(depth) : ImageNet(depth);

    /// <summary>Two architectures of one style and depth are the same.</summary>
    public bool Equals(ResNetArchitecture? other) => other is not null && Style == other.Style && Depth == other.Depth;

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Style, Depth);

    /// <summary>For example <c>ResNet-38 (CIFAR)</c>.</summary>
    public override string ToString() => $"ResNet-{Depth} ({(Style == ResNetStyle.Cifar ? "CIFAR" : "ImageNet")})";
}
