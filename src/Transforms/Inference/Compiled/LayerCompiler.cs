using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Linear;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>
/// What blocks, gates and heads are compiled with: the weights by name, the kernels, and where maps and vectors find a place.
/// </summary>
/// <param name="Weights">Weights by name.</param>
/// <param name="Kernels">Kernels in 32 bits.</param>
/// <param name="Arena">Where maps and vectors find a place.</param>
/// <param name="Algorithms">How convolutions are computed in 32 bits.</param>
/// <param name="EightBit">Null where everything is in 32 bits.</param>
internal sealed record LayerCompiler(
    NetworkWeights Weights, KernelsOfWidth Kernels, ArenaLayout Arena, ConvolutionAlgorithmChoice Algorithms,
    EightBitCompiler? EightBit = null)
{
    /// <summary>Reads a convolution and its batch-norm, folds and packs them.</summary>
    public Convolution Convolution(ConvolutionSpec spec, FeatureMap input, FeatureMap output)
        => Convolution(FoldedConvolution.Of(Weights, spec), input, output);

    /// <summary>Packs a convolution whose weights are rounded to what their bytes stand for.</summary>
    public Convolution RoundedConvolution(FoldedConvolution layer, FeatureMap input, FeatureMap output)
        => Convolution(new RoundedWeights(layer).ToFloats(), input, output);

    /// <summary>Packs a convolution from bytes to floats.</summary>
    public Convolution Convolution(FoldedConvolution layer, ByteMap input, ByteScale from, FeatureMap output)
        => EightBit!.Convolution(layer, new EightBitInput(input, from), EightBitOutput.Of(output), Arena);

    /// <summary>The same from bytes to bytes.</summary>
    public Convolution Convolution(FoldedConvolution layer, ByteMap input, ByteScale from, ByteMap output, ByteScale to)
        => EightBit!.Convolution(layer, new EightBitInput(input, from), EightBitOutput.Of(output, to), Arena);

    /// <summary>Reads a fully connected layer.</summary>
    public FoldedLinear Linear(LinearSpec spec) => FoldedLinear.Of(Weights, spec);

    /// <summary>Reads a batch-norm.</summary>
    public FoldedBatchNorm BatchNorm(BatchNormSpec spec) => FoldedBatchNorm.Of(Weights, spec);

    /// <summary>Packs a fully connected layer.</summary>
    public PackedLinear Pack(FoldedLinear layer) => Kernels.Linear(layer);

    /// <summary>Packs a fully connected layer over the sums of a map's channels, which divides them to averages.</summary>
    public PackedLinear PackOverSums(FoldedLinear layer, FeatureMap map) => Pack(layer.ScaleInput(1.0 / (map.Height * map.Width)));

    private Convolution Convolution(FoldedConvolution layer, FeatureMap input, FeatureMap output)
        => Kernels.Convolution(layer, input, output, Algorithms.For(layer, input, output), Arena);
}
