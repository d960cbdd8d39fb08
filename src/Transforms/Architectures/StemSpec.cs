namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>A max pool over square windows.</summary>
/// <param name="Window">Side of a window.</param>
/// <param name="Stride">Step between windows.</param>
/// <param name="Padding">Border of the smallest values.</param>
internal sealed record PoolSpec(int Window, int Stride, int Padding);

/// <summary>
/// What comes before the first block: a convolution, its batch-norm, a ReLU, and in networks for large images a max pool.
/// </summary>
internal sealed class StemSpec
{
    private StemSpec(ConvolutionSpec convolution, PoolSpec? pool) => (Convolution, Pool) = (convolution, pool);

    public ConvolutionSpec Convolution { get; }

    /// <summary>Null where there is none.</summary>
    public PoolSpec? Pool { get; }

    /// <summary>Height of what the first block reads.</summary>
    public int OutHeight => Pooled(Convolution.OutHeight);

    /// <summary>Width of what the first block reads.</summary>
    public int OutWidth => Pooled(Convolution.OutWidth);

    /// <summary>The stem of a network: 3×3 for small images; 7×7 with stride 2 and a 3×3 pool with stride 2 for large ones.</summary>
    public static StemSpec Of(ResNetArchitecture architecture, ImageShape image)
    {
        var (kernel, stride, pool) = architecture.Style == ResNetStyle.Cifar ? (3, 1, null) : (7, 2, new PoolSpec(3, 2, 1));
        return new StemSpec(
            new ConvolutionSpec("conv1", "bn1")
            {
                Inputs = image.Channels,
                Outputs = architecture.StemWidth,
                Kernel = kernel,
                Stride = stride,
                InHeight = image.Height,
                InWidth = image.Width,
            },
            pool);
    }

    private int Pooled(int size) => Pool is null ? size : ConvolutionSpec.Strided(size, Pool.Stride);
}
