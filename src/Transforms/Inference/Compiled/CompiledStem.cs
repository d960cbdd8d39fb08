using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>The stem's convolution, in 8 bits or in 32.</summary>
internal static class CompiledStem
{
    /// <summary>Its steps.</summary>
    public static Convolution[] Of(LayerCompiler layers, ConvolutionSpec spec, FeatureMap image, FeatureMap output)
        => layers.EightBit is { } eightBit && eightBit.ChoosesStem(spec)
            ? Of(eightBit.Kernels, FoldedConvolution.Of(layers.Weights, spec), layers.Arena, image, output)
            : [layers.Convolution(spec, image, output)];

    /// <summary>Its steps in 8 bits: the way from the image to bytes stands before it.</summary>
    public static Convolution[] Of(
        EightBitKernels kernels, FoldedConvolution layer, ArenaLayout arena, FeatureMap image, FeatureMap output)
    {
        var bytes = arena.ImageBytes(new ImageShape(image.Channels, image.Height, image.Width), layer.Kernel);
        var outputs = Multiples.RoundUp(layer.Outputs, EightBitConvolution.Vectors * kernels.Lanes);
        var meaning = new ImageMeaning(arena.Vector(outputs), arena.Vector(outputs));
        var input = new EightBitInput(bytes, new ByteScale(1, 0), meaning);
        var convolution = kernels.Convolution(layer, input, EightBitOutput.Of(output));
        var first = new ImageToBytes(
            image, bytes, meaning, convolution.Offset, convolution.WeightSums, convolution.WeightScales);
        return [first, convolution];
    }
}
