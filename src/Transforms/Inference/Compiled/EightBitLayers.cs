using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>Which convolutions may be in 8 bits.</summary>
internal static class EightBitLayers
{
    /// <summary>The convolutions of a block: those of the body in order, then the projection.</summary>
    public static IReadOnlyList<ConvolutionSpec> Of(ResidualBlock block)
        => block.Projection is { } projection ? [.. block.Body, projection] : block.Body;

    /// <summary>Whether sums of all products of bytes stay within 32 bits.</summary>
    public static bool Fits(ConvolutionSpec layer)
        => (long)layer.Kernel * layer.Kernel * Multiples.RoundUp(layer.Inputs, ByteMap.ChannelUnit) <= EightBitWeights.MostProducts;
}
