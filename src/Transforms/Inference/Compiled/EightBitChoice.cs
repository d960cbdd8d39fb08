using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>
/// Chooses for each convolution of a block between 8 and 32 bits, by estimated cycles: of all ways to divide a block the cheapest, the way
/// from floats to bytes included. The same for the same processor, whatever it does at the moment.
/// </summary>
internal sealed class EightBitChoice(ConvolutionAlgorithmChoice floats, EightBitKernels kernels)
{
    // What a core may expect of a shared last-level cache: weights are read once an image.
    private const double BytesPerCycle = 24;

    // Values that become bytes in a cycle, with vectors of 128, 256 and 512 bits alike limited by where they come from.
    private const double ValuesPerCycle = 2.5;

    // What a convolution takes besides: a microsecond, which shows in networks for small images.
    private const double CyclesBesides = 4000;

    // Estimates are rough: where 8 bits gain less than this, 32 stay, which round nothing and are the same on all machines.
    private const double Worthwhile = 0.75;

    // Multiply–accumulates in a cycle. With AVX-VNNI two instructions of 32 in a cycle. At 512 bits five multiplications of two a cycle for
    // 256; others need three instructions for four of a lane, which processors of several makers divide among their ports differently:
    // what the slower ones reach.
    private readonly double _perCycle = kernels.Kind switch
    {
        DotProducts.Avx512 => 88,
        DotProducts.Vnni => 58,
        DotProducts.Avx2 => 28,
        DotProducts.Ssse3 => 14,
        DotProducts.Arm => 20,
        _ => 1.5,
    };

    /// <summary>For each convolution of the body, and then for the projection, whether it is to be in 8 bits.</summary>
    public bool[] For(ResidualBlock block)
    {
        var layers = EightBitLayers.Of(block);
        var (best, least) = (0, Cycles(block, layers, 0) * Worthwhile);
        for (var mask = 1; mask < 1 << layers.Count; mask++)
        {
            var cycles = Cycles(block, layers, mask);
            (best, least) = cycles < least ? (mask, cycles) : (best, least);
        }

        var chosen = new bool[layers.Count];
        for (var i = 0; i < chosen.Length; i++)
        {
            chosen[i] = IsEight(best, i);
        }

        return chosen;
    }

    private static bool IsEight(int mask, int layer) => (mask >> layer & 1) != 0;

    private double Cycles(ResidualBlock block, IReadOnlyList<ConvolutionSpec> layers, int mask)
    {
        var cycles = 0.0;
        for (var i = 0; i < layers.Count; i++)
        {
            var layer = layers[i];
            if (!IsEight(mask, i))
            {
                cycles += floats.Cycles(layer);
                continue;
            }

            if (!EightBitLayers.Fits(layer))
            {
                return double.PositiveInfinity;
            }

            // What the kernels compute, used or not.
            var outputs = Multiples.RoundUp(layer.Outputs, EightBitConvolution.Vectors * kernels.Lanes);
            double weights = layer.Kernel * layer.Kernel * (double)Multiples.RoundUp(layer.Inputs, ByteMap.ChannelUnit) * outputs;
            cycles += (weights * layer.OutHeight * layer.OutWidth / _perCycle) + (weights / BytesPerCycle) + CyclesBesides;
            var isProjection = i >= block.Body.Count;
            var isThere = isProjection ? IsEight(mask, 0) : i > 0 && IsEight(mask, i - 1);
            cycles += isThere ? 0 : (double)layer.Inputs * layer.InHeight * layer.InWidth / ValuesPerCycle;
        }

        return cycles;
    }
}
