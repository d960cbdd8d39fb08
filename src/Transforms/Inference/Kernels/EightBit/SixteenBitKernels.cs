using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// The stem in integers of 16 bits, which are multiplied twice as fast as floats and round an image a sixteenth as much as bytes: weights
/// that lie together have one sign in the smooth filters of a stem, and would have few bits left of eight.
/// </summary>
internal static class SixteenBitKernels
{
    /// <summary>Whether this machine has them.</summary>
    public static bool IsSupported => Sse2.IsSupported;

    /// <summary>The way from the image to integers, and the convolution to a map of floats.</summary>
    /// <param name="layer">The convolution.</param>
    /// <param name="arena">Where integers find a place.</param>
    /// <param name="image">What it reads.</param>
    /// <param name="output">What it writes.</param>
    public static Convolution[] Stem(FoldedConvolution layer, ArenaLayout arena, FeatureMap image, FeatureMap output)
    {
        var map = arena.SixteenBitImage(new ImageShape(image.Channels, image.Height, image.Width), layer.Kernel);
        var outputs = Multiples.RoundUp(layer.Outputs, EightBitConvolution.Vectors * output.Lanes);
        var meaning = new ImageMeaning(arena.Vector(outputs), arena.Vector(outputs));
        var convolution = Create(layer, new EightBitInput(map, new ByteScale(1, 0), meaning), EightBitOutput.Of(output));
        ArenaLayout.ReadsBytes(map, convolution.Reach);
        return
        [
            new SixteenBitImage(image, map, meaning, convolution.Offset, convolution.WeightSums, convolution.WeightScales), convolution,
        ];
    }

    private static EightBitConvolution Create(FoldedConvolution layer, EightBitInput from, EightBitOutput output)
        => (VectorWidth)output.Floats!.Lanes switch
        {
            VectorWidth.Bits512 => new DotConvolution<Integers512, SixteenBitDots512, Vector512<int>>(layer, from, output),
            VectorWidth.Bits256 => new DotConvolution<Integers256, SixteenBitDots256, Vector256<int>>(layer, from, output),
            _ => new DotConvolution<Integers128, SixteenBitDots128, Vector128<int>>(layer, from, output),
        };
}
