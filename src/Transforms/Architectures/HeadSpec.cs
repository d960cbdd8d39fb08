namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>A classification head over a feature map: the last one, or that of an early exit.</summary>
internal abstract class HeadSpec
{
    /// <summary>The layers as they are stored: an array, so that a model is loaded without a list to compile.</summary>
    public abstract LayerSpec[] Layers { get; }

    /// <summary>Multiply–accumulates of evaluating it.</summary>
    public long Macs => LayerSpec.MacsOf(Layers);

    /// <summary>The last head of a network. The pooled one is plain <c>fc</c>, as in every published checkpoint.</summary>
    public static HeadSpec Last(HeadKind kind, int channels, int classes)
        => classes == 0 ? new NoHeadSpec() : Of(kind, kind == HeadKind.Pooled ? "" : "head.", channels, classes);

    /// <summary>The head of an exit.</summary>
    /// <param name="exit">Its position among the exits, from 0.</param>
    /// <param name="kind">Kind of the head.</param>
    /// <param name="channels">Channels of the map that it reads.</param>
    /// <param name="classes">Classes to tell apart.</param>
    public static HeadSpec OfExit(int exit, HeadKind kind, int channels, int classes) => Of(kind, $"exits.{exit}.", channels, classes);

    private static HeadSpec Of(HeadKind kind, string prefix, int channels, int classes) => kind switch
    {
        HeadKind.Pooled => new PooledHeadSpec(prefix, channels, classes),
        HeadKind.Quarters => new QuartersHeadSpec(prefix, channels, classes),
        _ => new GridHeadSpec(prefix, channels, classes),
    };
}

/// <summary>The end of a network without classes, which is asked for its features alone.</summary>
internal sealed class NoHeadSpec : HeadSpec
{
    /// <inheritdoc />
    public override LayerSpec[] Layers => [];
}

/// <summary>Global average pool → fully connected.</summary>
internal sealed class PooledHeadSpec(string prefix, int channels, int classes) : HeadSpec
{
    public LinearSpec Linear { get; } = new(prefix + "fc", channels, classes) { IsByClass = true };

    /// <inheritdoc />
    public override LayerSpec[] Layers => [Linear];
}

/// <summary>2×2 average pool → fully connected.</summary>
internal sealed class QuartersHeadSpec(string prefix, int channels, int classes) : HeadSpec
{
    /// <summary>Rows and columns that the map is pooled to.</summary>
    public const int Side = 2;

    /// <summary>Its inputs are channel by channel, the quarters of each row by row.</summary>
    public LinearSpec Linear { get; } = new(prefix + "fc", Side * Side * channels, classes) { IsByClass = true };

    /// <inheritdoc />
    public override LayerSpec[] Layers => [Linear];
}

/// <summary>
/// 4×4 average pool and 4×4 max pool side by side → batch-norm → fully connected to 64 → batch-norm → ReLU → fully connected.
/// </summary>
internal sealed class GridHeadSpec : HeadSpec
{
    public GridHeadSpec(string prefix, int channels, int classes)
    {
        var pooled = 2 * NetworkSpec.GridSide * NetworkSpec.GridSide * channels;
        FirstNorm = new BatchNormSpec(prefix + "bn1", pooled);
        First = new LinearSpec(prefix + "fc1", pooled, NetworkSpec.GridWidth);
        SecondNorm = new BatchNormSpec(prefix + "bn2", NetworkSpec.GridWidth);
        Second = new LinearSpec(prefix + "fc2", NetworkSpec.GridWidth, classes) { IsByClass = true };
    }

    public BatchNormSpec FirstNorm { get; }

    public LinearSpec First { get; }

    public BatchNormSpec SecondNorm { get; }

    public LinearSpec Second { get; }

    /// <inheritdoc />
    public override LayerSpec[] Layers => [FirstNorm, First, SecondNorm, Second];
}
