using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>What blocks are compiled with where convolutions may be in 8 bits.</summary>
/// <param name="int8">Which convolutions are in 8 bits, and what bytes stand for.</param>
/// <param name="width">Vectors of the feature maps.</param>
/// <param name="floats">How convolutions would be computed in 32 bits.</param>
/// <param name="use">Where kernels for bytes are used.</param>
internal sealed class EightBitCompiler(Int8Ranges int8, VectorWidth width, ConvolutionAlgorithmChoice floats, EightBitUse use)
{
    private readonly EightBitAlgorithmChoice _algorithms = new(EightBitKernels.Of(width));

    /// <summary>The kernels.</summary>
    public EightBitKernels Kernels { get; } = EightBitKernels.Of(width);

    /// <summary>A convolution from bytes, by the faster of two algorithms that give the same bits.</summary>
    public Convolution Convolution(FoldedConvolution layer, EightBitInput from, EightBitOutput output, ArenaLayout arena)
    {
        var isWinograd = _algorithms.IsWinograd(layer.Kernel, layer.Stride, layer.Inputs, layer.Outputs, output.Height, output.Width);
        return isWinograd ? Kernels.Winograd(layer, from, output, arena) : Kernels.Convolution(layer, from, output);
    }

    /// <summary>What the bytes that a convolution reads stand for.</summary>
    public ByteScale Scale(ResidualBlock block, int convolution)
    {
        var (smallest, largest) = int8[block.Index, convolution];
        return ByteScale.Of(smallest, largest);
    }

    /// <summary>The convolution without the mean error of 8 bits.</summary>
    public FoldedConvolution Corrected(FoldedConvolution layer, ResidualBlock block, int convolution)
        => layer.Plus(int8.Biases[block, convolution]);

    /// <summary>For each convolution of a body, and then for the projection, how it is computed.</summary>
    public ConvolutionWay[] Ways(ResidualBlock block)
    {
        var layers = EightBitLayers.Of(block);
        var (isIn, ways) = (int8.Set.Of(block), new ConvolutionWay[layers.Count]);
        var inBytes = use == EightBitUse.WhereFaster ? new EightBitGain(floats, Kernels).InBytes(block, isIn) : isIn;
        for (var i = 0; i < ways.Length; i++)
        {
            var isBytes = inBytes[i] && use != EightBitUse.Never && EightBitLayers.Fits(layers[i]);
            ways[i] = !isIn[i] ? ConvolutionWay.Floats : isBytes ? ConvolutionWay.Bytes : ConvolutionWay.RoundedFloats;
        }

        return ways;
    }
}
