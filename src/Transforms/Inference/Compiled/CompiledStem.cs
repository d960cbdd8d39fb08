using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>The stem's convolution, in 16 bits where blocks may be in 8 and it gains, else in 32.</summary>
internal static class CompiledStem
{
    /// <summary>Its steps: the way from the image to integers stands before one in 16 bits.</summary>
    public static Convolution[] Of(LayerCompiler layers, ConvolutionSpec spec, FeatureMap image, FeatureMap output)
        => layers.EightBit is not null && EightBitLayers.IsWideStem(spec)
            ? SixteenBitKernels.Stem(FoldedConvolution.Of(layers.Weights, spec), layers.Arena, image, output)
            : [layers.Convolution(spec, image, output)];
}
