using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>Decides which convolutions of a network are put in 8 bits.</summary>
internal static class Int8SetChoice
{
    /// <summary>The set, by shapes and the kind of processor alone.</summary>
    /// <param name="blocks">The network.</param>
    /// <param name="width">Vectors of this machine.</param>
    /// <param name="choice">Which are wanted.</param>
    public static Int8Set Of(BlockPlan blocks, VectorWidth width, Int8Choice choice)
    {
        var gain = new EightBitGain(new ConvolutionAlgorithmChoice(blocks, width), EightBitKernels.Of(width));
        List<float> flags = [];
        foreach (var block in blocks.Blocks)
        {
            var chosen = choice == Int8Choice.All
                ? [.. EightBitLayers.Of(block).Select(EightBitLayers.Fits)]
                : gain.ThatGain(block);
            flags.AddRange(chosen.Select(isIn => isIn ? 1f : 0));
        }

        return new Int8Set(blocks, [.. flags]);
    }

    /// <summary>About how many cycles each convolution of a set saves.</summary>
    /// <param name="blocks">The network.</param>
    /// <param name="width">Vectors of this machine.</param>
    /// <param name="set">The set.</param>
    public static double[] Saved(BlockPlan blocks, VectorWidth width, Int8Set set)
    {
        var gain = new EightBitGain(new ConvolutionAlgorithmChoice(blocks, width), EightBitKernels.Of(width));
        List<double> saved = [];
        foreach (var block in blocks.Blocks)
        {
            saved.AddRange(gain.Saved(block, set.Of(block)));
        }

        return [.. saved];
    }
}
