using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>The stem's convolution, in 8 bits or in 32.</summary>
internal static class CompiledStem
{
    /// <summary>Its steps: of one in 8 bits the way from the image to bytes stands before it.</summary>
    public static Convolution[] Of(LayerCompiler layers, ConvolutionSpec spec, ImageShape shape, FeatureMap image, FeatureMap output)
    {
        if (layers.EightBit is not { } eightBit || !eightBit.ChoosesStem(spec))
        {
            return [layers.Convolution(spec, image, output)];
        }

        var bytes = layers.Arena.ImageBytes(shape, spec.Kernel);
        var outputs = Multiples.RoundUp(spec.Outputs, EightBitConvolution.Vectors * eightBit.Kernels.Lanes);
        var meaning = new ImageMeaning(layers.Arena.Vector(outputs), layers.Arena.Vector(outputs));
        var input = new EightBitInput(bytes, new ByteScale(1, 0), meaning);
        var convolution = eightBit.Kernels.Convolution(FoldedConvolution.Of(layers.Weights, spec), input, EightBitOutput.Of(output));
        var first = new ImageToBytes(
            image, bytes, meaning, convolution.Offset, convolution.WeightSums, convolution.WeightScales);
        return [first, convolution];
    }
}
