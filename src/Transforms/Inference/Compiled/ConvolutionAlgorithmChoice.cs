using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>
/// Chooses an algorithm for each 3×3 convolution by estimated cycles: multiplications, transforms, and reading the weights, which every
/// image does once. The estimate is rough and need only order candidates that mostly lie far apart.
/// </summary>
internal sealed class ConvolutionAlgorithmChoice
{
    // What a core may expect of a shared last-level cache, and what it reads per cycle from there and from memory. Processors without
    // 512-bit vectors are older in other ways too.
    private const long CachedWeights = 12 * 1024 * 1024;
    private const double BytesPerCycleCached = 28;
    private const double BytesPerCycleFromMemory = 14;
    private const double BytesPerCycleFromMemoryNarrow = 8;
    private const double MultiplicationsPerCycle = 1.8;

    // Products are computed for at least so many tiles at a time; nine have a kernel of their own where vectors are wide.
    private const int TilesTogether = 4;

    private readonly int _lanes;
    private readonly double _bytesPerCycle = BytesPerCycleCached;

    public ConvolutionAlgorithmChoice(BlockPlan plan, VectorWidth width)
    {
        _lanes = (int)width;
        long bytes = 0;
        foreach (var block in plan.Blocks)
        {
            bytes += WeightBytes(block);
        }

        if (bytes > CachedWeights)
        {
            _bytesPerCycle = width < VectorWidth.Bits512 ? BytesPerCycleFromMemoryNarrow : BytesPerCycleFromMemory;
        }
    }

    /// <summary>The algorithm for a convolution between two maps: the direct one for all that is not 3×3 over a feature map.</summary>
    public ConvolutionAlgorithm For(FoldedConvolution layer, FeatureMap input, FeatureMap output)
        => layer.Kernel == 3 && input.Lanes == output.Lanes
            ? For(layer.Inputs, layer.Outputs, output.Height, output.Width, layer.Stride)
            : ConvolutionAlgorithm.Direct;

    /// <summary>
    /// Whether an algorithm computes a 3×3 convolution of a stride, and its tiles stay within the border that every map has.
    /// <see cref="ArenaLayout.Reads"/> refuses where this is wrong.
    /// </summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="height">Of the output.</param>
    /// <param name="width">Of the output.</param>
    /// <param name="stride">1 or 2.</param>
    internal static bool Fits(ConvolutionAlgorithm algorithm, int height, int width, int stride)
    {
        return algorithm == ConvolutionAlgorithm.Direct
            || (stride == Stride(algorithm) && Within(height) && Within(width));

        bool Within(int size) => Tiles(algorithm, size) * Side(algorithm) <= MapBorder.Side(size, border: 0);
    }

    /// <summary>About how many cycles a convolution over a feature map takes, by the best of its algorithms.</summary>
    public double Cycles(ConvolutionSpec layer)
    {
        var (outputs, height, width) = (layer.Outputs, layer.OutHeight, layer.OutWidth);
        if (layer.Kernel == 3)
        {
            return Cycles(For(layer.Inputs, outputs, height, width, layer.Stride), layer.Inputs, outputs, height, width);
        }

        var weights = (double)layer.Inputs * outputs * layer.Kernel * layer.Kernel;
        return (weights * height * width / _lanes / MultiplicationsPerCycle) + (weights * sizeof(float) / _bytesPerCycle);
    }

    // Height and width are the output's.
    private ConvolutionAlgorithm For(int inputs, int outputs, int height, int width, int stride)
    {
        var (best, cycles) = (ConvolutionAlgorithm.Direct, double.PositiveInfinity);
        for (var algorithm = ConvolutionAlgorithm.Direct; algorithm <= ConvolutionAlgorithm.WinogradStride2; algorithm++)
        {
            var needed = Cycles(algorithm, inputs, outputs, height, width);
            (best, cycles) = needed < cycles && Suits(algorithm, height, width, stride) ? (algorithm, needed) : (best, cycles);
        }

        return best;
    }

    // F(5×5) has a third more weights than F(4×4), which have to come from the cache to be worth it.
    private bool Suits(ConvolutionAlgorithm algorithm, int height, int width, int stride)
        => Fits(algorithm, height, width, stride)
            && (algorithm != ConvolutionAlgorithm.WinogradF5 || _bytesPerCycle >= BytesPerCycleCached);

    private long WeightBytes(ResidualBlock block)
    {
        long weights = 0;
        foreach (var layer in block.Body)
        {
            weights += (long)layer.Inputs * layer.Outputs * (layer.Kernel == 3 ? Weights(layer) : 1);
        }

        return weights * sizeof(float);
    }

    private int Weights(ConvolutionSpec layer)
    {
        var algorithm = For(layer.Inputs, layer.Outputs, layer.OutHeight, layer.OutWidth, layer.Stride);
        return Weights(algorithm, Tiles(algorithm, layer.OutHeight) * Tiles(algorithm, layer.OutWidth));
    }

    // For every input and output channel. Of few tiles F(4×4) completes its filters while it multiplies, where registers are many.
    private int Weights(ConvolutionAlgorithm algorithm, int tiles)
        => algorithm == ConvolutionAlgorithm.WinogradF4 && tiles <= WinogradTile.MostForRows && _lanes == (int)VectorWidth.Bits512
            ? Products(algorithm) / 2
            : Products(algorithm);

    private double Cycles(ConvolutionAlgorithm algorithm, int inputs, int outputs, int height, int width)
    {
        var transform = algorithm switch
        {
            ConvolutionAlgorithm.Direct => 0,
            ConvolutionAlgorithm.WinogradF2 => 40,

            // So that networks for small images go without. At 512 bits the direct way is faster until there are many channels (on an Intel
            // processor, where a transform's additions and multiplications share execution ports); at 256 it gains little, for one more
            // kernel to compile.
            ConvolutionAlgorithm.WinogradStride2 => 120,
            ConvolutionAlgorithm.WinogradF4 => 100,
            _ => 200,
        };
        var tiles = Tiles(algorithm, height) * Tiles(algorithm, width);
        var channels = (double)inputs * outputs;
        var computed = algorithm == ConvolutionAlgorithm.Direct || (tiles == 9 && _lanes == (int)VectorWidth.Bits512)
            ? tiles
            : Multiples.RoundUp(tiles, TilesTogether);
        return (computed * channels * Products(algorithm) / _lanes / MultiplicationsPerCycle)
            + ((double)tiles * (inputs + outputs) / _lanes * transform)
            + (channels * Weights(algorithm, tiles) * sizeof(float) / _bytesPerCycle);
    }

    // As many as a tile has inputs; for the direct way a tile is one output, and they are the kernel's.
    private static int Products(ConvolutionAlgorithm algorithm)
    {
        var along = ((Side(algorithm) - 1) * Stride(algorithm)) + 3;
        return along * along;
    }

    // What Winograd's algorithms are for; the direct way takes any.
    private static int Stride(ConvolutionAlgorithm algorithm) => algorithm == ConvolutionAlgorithm.WinogradStride2 ? 2 : 1;

    // Outputs along one side of a tile.
    private static int Side(ConvolutionAlgorithm algorithm) => algorithm switch
    {
        ConvolutionAlgorithm.Direct => 1,
        ConvolutionAlgorithm.WinogradF2 => WinogradTile.F2,
        ConvolutionAlgorithm.WinogradStride2 => WinogradTile.Stride2,
        ConvolutionAlgorithm.WinogradF4 => WinogradTile.F4,
        _ => WinogradTile.F5,
    };

    private static int Tiles(ConvolutionAlgorithm algorithm, int size) => Multiples.Count(size, Side(algorithm));
}
