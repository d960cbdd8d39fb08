using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>
/// Chooses for each convolution of a block between 8 and 32 bits, by estimated cycles: of all ways to divide a block the cheapest, the way
/// from floats to bytes included. The same for the same processor, whatever it does at the moment.
/// </summary>
internal sealed class EightBitGain(ConvolutionAlgorithmChoice floats, EightBitKernels kernels)
{
    // Values that become bytes in a cycle, with vectors of 128, 256 and 512 bits alike limited by where they come from.
    private const double ValuesPerCycle = 2.5;

    // Estimates are rough: where 8 bits gain less than this, 32 stay, which round nothing.
    private const double Worthwhile = 0.75;

    private readonly EightBitAlgorithmChoice _bytes = new(kernels);

    /// <summary>For each convolution of the body, and then for the projection, whether it is put in 8 bits.</summary>
    public bool[] ThatGain(ResidualBlock block)
    {
        var layers = EightBitLayers.Of(block);
        var (best, least) = (0, Cycles(block, layers, 0, rounded: 0) * Worthwhile);
        for (var mask = 1; mask < 1 << layers.Count; mask++)
        {
            var cycles = Cycles(block, layers, mask, rounded: mask);
            (best, least) = cycles < least ? (mask, cycles) : (best, least);
        }

        return Flags(best, layers.Count);
    }

    /// <summary>
    /// For each convolution that is in 8 bits about how many cycles the block would take more with it in 32; 0 for others.
    /// </summary>
    public double[] Saved(ResidualBlock block, ReadOnlySpan<bool> isIn)
    {
        var layers = EightBitLayers.Of(block);
        var (set, saved) = (Mask(isIn), new double[layers.Count]);
        for (var i = 0; i < saved.Length; i++)
        {
            var without = set & ~(1 << i);
            saved[i] = Cycles(block, layers, without, without) - Cycles(block, layers, set, set);
        }

        return saved;
    }

    /// <summary>
    /// Of a network that was quantised, maybe elsewhere, which of the convolutions in 8 bits kernels for bytes compute. Others are computed
    /// in floats that are rounded first.
    /// </summary>
    public bool[] InBytes(ResidualBlock block, bool[] isIn)
    {
        var layers = EightBitLayers.Of(block);
        var set = Mask(isIn);
        var (best, least) = (0, double.PositiveInfinity);
        for (var mask = 0; mask < 1 << layers.Count; mask++)
        {
            var cycles = (mask & ~set) == 0 ? Cycles(block, layers, mask, set) : double.PositiveInfinity;
            (best, least) = cycles < least ? (mask, cycles) : (best, least);
        }

        return Flags(best, layers.Count);
    }

    private static bool[] Flags(int mask, int layers)
    {
        var flags = new bool[layers];
        for (var i = 0; i < layers; i++)
        {
            flags[i] = Has(mask, i);
        }

        return flags;
    }

    private static int Mask(ReadOnlySpan<bool> flags)
    {
        var mask = 0;
        for (var i = 0; i < flags.Length; i++)
        {
            mask |= flags[i] ? 1 << i : 0;
        }

        return mask;
    }

    private static bool Has(int mask, int layer) => (mask >> layer & 1) != 0;

    // Of the rounded layers those of the mask are in bytes.
    private double Cycles(ResidualBlock block, IReadOnlyList<ConvolutionSpec> layers, int mask, int rounded)
    {
        var cycles = 0.0;
        for (var i = 0; i < layers.Count; i++)
        {
            var layer = layers[i];
            var isProjection = i >= block.Body.Count;
            var rounding = (double)layer.Inputs * layer.InHeight * layer.InWidth / ValuesPerCycle;
            if (!Has(mask, i))
            {
                var isRounded = isProjection && Has(rounded & ~mask, 0);
                cycles += floats.Cycles(layer) + (Has(rounded, i) && !isRounded ? rounding : 0);
                continue;
            }

            if (!EightBitLayers.Fits(layer))
            {
                return double.PositiveInfinity;
            }

            cycles += _bytes.Cycles(layer);
            var isThere = isProjection ? Has(mask, 0) : i > 0 && Has(mask, i - 1);
            cycles += isThere ? 0 : rounding;
        }

        return cycles;
    }
}
