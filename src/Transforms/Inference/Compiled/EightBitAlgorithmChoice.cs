using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>
/// Chooses how kernels for bytes compute a convolution, by estimated cycles: directly or by Winograd's algorithm, which give the same bits.
/// </summary>
internal sealed class EightBitAlgorithmChoice(EightBitKernels kernels)
{
    // What a core may expect of a shared last-level cache: weights are read once an image.
    private const double BytesPerCycle = 24;

    // What a convolution takes besides: a microsecond, which shows in networks for small images.
    private const double CyclesBesides = 4000;

    // Winograd's products, and what the transforms of a tile take for each vector of words that is read and of sums that is written.
    private const int Positions = ByteWinogradWeights.Side * ByteWinogradWeights.Side;
    private const double CyclesPerTransform = 130;

    // Multiply–accumulates in a cycle. With AVX-VNNI two instructions of 32 in a cycle. At 512 bits five multiplications of two a cycle for
    // 256; others need three instructions for four of a lane, which processors of several makers divide among their ports differently:
    // what the slower ones reach.
    private readonly double _perCycle = kernels.Kind switch
    {
        DotInstructions.Avx512 => 88,
        DotInstructions.Vnni => 58,
        DotInstructions.Avx2 => 28,
        DotInstructions.Ssse3 => 14,
        DotInstructions.Arm => 20,
        _ => 1.5,
    };

    // The same for words: two for each 32 bits of a vector and multiplication, of which there are two a cycle; where additions take the
    // same ports, fewer.
    private readonly double _wordsPerCycle = kernels.Kind switch
    {
        DotInstructions.Avx512 => 56,
        DotInstructions.Vnni => 29,
        _ => 22,
    };

    /// <summary>About how many cycles a convolution takes, by the better of the two.</summary>
    public double Cycles(ConvolutionSpec layer)
        => Math.Min(
            Direct(layer.Kernel, layer.Inputs, layer.Outputs, layer.OutHeight, layer.OutWidth),
            Winograd(layer.Kernel, layer.Stride, layer.Inputs, layer.Outputs, layer.OutHeight, layer.OutWidth));

    /// <summary>Whether Winograd's algorithm is the better one.</summary>
    /// <param name="kernel">Side of the kernel.</param>
    /// <param name="stride">Stride.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="height">Of the output.</param>
    /// <param name="width">Of the output.</param>
    public bool IsWinograd(int kernel, int stride, int inputs, int outputs, int height, int width)
        => Winograd(kernel, stride, inputs, outputs, height, width) < Direct(kernel, inputs, outputs, height, width);

    // What the kernels compute, used or not.
    private double Direct(int kernel, int inputs, int outputs, int height, int width)
    {
        var computed = Multiples.RoundUp(outputs, EightBitConvolution.Vectors * kernels.Lanes);
        double weights = kernel * kernel * (double)Multiples.RoundUp(inputs, ByteMap.ChannelUnit) * computed;
        return (weights * height * width / _perCycle) + (weights / BytesPerCycle) + CyclesBesides;
    }

    private double Winograd(int kernel, int stride, int inputs, int outputs, int height, int width)
    {
        if (!kernels.HasWinograd(kernel, stride, inputs, outputs, height, width))
        {
            return double.PositiveInfinity;
        }

        var tiles = new ByteWinogradTiles(height, width).Count;
        var computed = Multiples.RoundUp(tiles, kernels.WinogradUnit(tiles));
        double weights = (double)Positions * inputs * outputs, vectors = ((inputs / 2.0) + outputs) / kernels.Lanes;
        return (computed * weights / _wordsPerCycle) + (tiles * vectors * CyclesPerTransform)
            + (weights * sizeof(short) / BytesPerCycle) + CyclesBesides;
    }
}
