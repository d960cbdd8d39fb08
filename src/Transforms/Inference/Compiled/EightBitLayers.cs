using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>Which convolutions may be in 8 bits.</summary>
internal static class EightBitLayers
{
    // About a tenth of a millisecond in 32 bits.
    private const long FewestMacs = 12_000_000;

    private const double MostRoundedUp = 1.4;

    /// <summary>The convolutions of a block: those of the body in order, then the projection.</summary>
    public static IReadOnlyList<ConvolutionSpec> Of(ResidualBlock block)
        => block.Projection is { } projection ? [.. block.Body, projection] : block.Body;

    /// <summary>
    /// Whether a stem is in 16 bits: one that takes long enough for a few microseconds on the way there, and whose rows lose little by
    /// being rounded up to whole steps.
    /// </summary>
    public static bool IsWideStem(ConvolutionSpec stem)
    {
        var row = stem.Kernel * stem.Inputs * ByteMap.ImageChannel;
        return SixteenBitKernels.IsSupported && stem.Macs >= FewestMacs
            && stem.Kernel * stem.Kernel * stem.Inputs <= EightBitWeights.MostWideProducts
            && Multiples.RoundUp(row, ByteMap.ChannelUnit) <= MostRoundedUp * row;
    }

    /// <summary>Whether sums of all products of bytes stay within 32 bits.</summary>
    public static bool Fits(ConvolutionSpec layer)
        => (long)layer.Kernel * layer.Kernel * Multiples.RoundUp(layer.Inputs, ByteMap.ChannelUnit) <= EightBitWeights.MostProducts;
}
