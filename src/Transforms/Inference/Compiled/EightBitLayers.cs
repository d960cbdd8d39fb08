using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>Which convolutions may be in 8 bits.</summary>
internal static class EightBitLayers
{
    // About a tenth of a millisecond in 32 bits.
    private const long FewestMacs = 12_000_000;

    /// <summary>The convolutions of a block: those of the body in order, then the projection.</summary>
    public static IReadOnlyList<ConvolutionSpec> Of(ResidualBlock block)
        => block.Projection is { } projection ? [.. block.Body, projection] : block.Body;

    /// <summary>
    /// Whether a stem may be in 8 bits: one that reads few channels, and that takes long enough for its image to be rounded.
    /// </summary>
    public static bool IsLargeStem(ConvolutionSpec stem)
        => stem.Inputs <= ByteMap.ImagePixel && stem.Macs >= FewestMacs;

    /// <summary>Whether sums of all products of bytes stay within 32 bits.</summary>
    public static bool Fits(ConvolutionSpec layer)
        => (long)layer.Kernel * layer.Kernel * Multiples.RoundUp(layer.Inputs, ByteMap.ChannelUnit) <= EightBitWeights.MostProducts;
}
