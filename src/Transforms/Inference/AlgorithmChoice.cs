using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Kernels;

namespace AdaptiveInference.ML.Transforms.Inference;

/// <summary>
/// Chooses an algorithm for each 3×3 convolution with stride 1 by estimated cycles: multiplications, transforms, and reading the weights,
/// which every image does once. The estimate is rough and need only order three candidates that mostly lie far apart.
/// </summary>
internal sealed class AlgorithmChoice
{
    // What a core may expect of a shared last-level cache, and what it reads per cycle from there and from memory.
    private const long CachedWeights = 12 * 1024 * 1024;
    private const double BytesPerCycleCached = 28;
    private const double BytesPerCycleFromMemory = 14;
    private const double MultiplicationsPerCycle = 1.8;

    private readonly int _lanes;
    private readonly double _bytesPerCycle = BytesPerCycleCached;

    public AlgorithmChoice(BlockPlan plan, VectorWidth width)
    {
        _lanes = (int)width;
        long bytes = 0;
        foreach (var block in plan.Blocks)
        {
            bytes += WeightBytes(block);
        }

        if (bytes > CachedWeights)
        {
            _bytesPerCycle = BytesPerCycleFromMemory;
        }
    }

    /// <summary>The algorithm for a 3×3 convolution with stride 1.</summary>
    public ConvolutionAlgorithm For(int inputs, int outputs, int height, int width)
    {
        var (best, cycles) = (ConvolutionAlgorithm.Direct, double.PositiveInfinity);
        for (var algorithm = ConvolutionAlgorithm.Direct; algorithm <= ConvolutionAlgorithm.WinogradF4; algorithm++)
        {
            var needed = Cycles(algorithm, inputs, outputs, height, width);
            (best, cycles) = needed < cycles ? (algorithm, needed) : (best, cycles);
        }

        return best;
    }

    private long WeightBytes(ResidualBlock block)
    {
        var weights = block.IsBottleneck
            ? Square(block.MidChannels, block.Stride) + ((long)block.MidChannels * (block.InChannels + block.OutChannels))
            : Square(block.InChannels, block.Stride) + Square(block.MidChannels, 1);
        return weights * sizeof(float);

        long Square(int inputs, int stride)
            => (long)inputs * block.MidChannels * (stride == 1
                ? Products(For(inputs, block.MidChannels, block.OutHeight, block.OutWidth))
                : 9);
    }

    private double Cycles(ConvolutionAlgorithm algorithm, int inputs, int outputs, int height, int width)
    {
        var side = algorithm switch { ConvolutionAlgorithm.Direct => 1, ConvolutionAlgorithm.WinogradF2 => 2, _ => 4 };
        var transform = algorithm switch { ConvolutionAlgorithm.Direct => 0, ConvolutionAlgorithm.WinogradF2 => 40, _ => 100 };
        double tiles = ((height + side - 1) / side) * ((width + side - 1) / side), weights = (double)inputs * outputs * Products(algorithm);
        return (tiles * weights / _lanes / MultiplicationsPerCycle)
            + (tiles * (inputs + outputs) / _lanes * transform)
            + (weights * sizeof(float) / _bytesPerCycle);
    }

    private static int Products(ConvolutionAlgorithm algorithm) => algorithm switch
    {
        ConvolutionAlgorithm.Direct => 9,
        ConvolutionAlgorithm.WinogradF2 => 16,
        _ => 36,
    };
}
