using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>Lays weights out in the order in which tiles read them.</summary>
internal static unsafe class WeightPacking
{
    /// <summary>Checks that a count is a multiple of what a kernel takes at a time.</summary>
    /// <exception cref="InvalidOperationException">
    /// There is a part left over, which the kernel would read or write beyond the end.
    /// </exception>
    public static void RequireWhole(int count, int together, string what)
    {
        if (count % together != 0)
        {
            throw new InvalidOperationException($"The kernel takes {together} {what} at a time, and there are {count}.");
        }
    }

    /// <summary>Biases by output lane.</summary>
    public static AlignedBuffer Bias(FoldedConvolution layer, FeatureMap output)
    {
        var bias = new AlignedBuffer(output.Groups * output.Lanes);
        for (var i = 0; i < layer.Outputs; i++)
        {
            bias.Pointer[i] = (float)layer.Bias[i];
        }

        return bias;
    }

    /// <summary>
    /// [chunk of input groups][block of output groups][input group][row][column][input lane][output group of the block][output lane], or
    /// with the input lane in front of row and column.
    /// </summary>
    /// <param name="layer">The convolution.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="output">What it writes.</param>
    /// <param name="block">Output groups that one tile computes: their weights lie side by side, so that a tile reads one stream.</param>
    /// <param name="chunk">Input groups that all tiles read before any reads the next.</param>
    /// <param name="tapsTogether">Whether a kernel's weights lie side by side for every input, the second of the two orders.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static AlignedBuffer Direct(
        FoldedConvolution layer, FeatureMap input, FeatureMap output, int block, int chunk, bool tapsTogether = false)
    {
        var taps = layer.Kernel * layer.Kernel;
        var packed = new AlignedBuffer((long)output.Groups * output.Lanes * input.Groups * input.Lanes * taps);
        var next = packed.Pointer;
        for (var first = 0; first < input.Groups; first += chunk)
        {
            var end = Math.Min(first + chunk, input.Groups);
            for (var group = 0; group < output.Groups; group += block)
            {
                var to = group * output.Lanes;
                var count = Math.Min(block * output.Lanes, layer.Outputs - to);
                for (var plane = first; plane < end; plane++)
                {
                    for (var i = 0; i < taps * input.Lanes; i++, next += block * output.Lanes)
                    {
                        var (tap, lane) = tapsTogether ? (i % taps, i / taps) : (i / input.Lanes, i % input.Lanes);
                        var from = (plane * input.Lanes) + lane;
                        for (var channel = 0; from < layer.Inputs && channel < count; channel++)
                        {
                            next[channel] = (float)layer[to + channel, from, tap];
                        }
                    }
                }
            }
        }

        return packed;
    }

    /// <summary>
    /// Every filter g transformed on both sides in double precision, rows·g·columnsᵀ, as [row][column][block of groups][input
    /// channel][group of the block][output lane], or as [row][block of groups][input channel][column][group of the block][output lane].
    /// </summary>
    /// <param name="layer">The convolution.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="output">What it writes.</param>
    /// <param name="block">Output groups whose weights lie side by side.</param>
    /// <param name="rows">Winograd's G.</param>
    /// <param name="columns">The same, or what a kernel completes to it.</param>
    /// <param name="interleaved">Whether the columns lie side by side for every input, the second of the two orders.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static AlignedBuffer Winograd(
        FoldedConvolution layer, FeatureMap input, FeatureMap output, int block, double[][] rows, double[][] columns,
        bool interleaved = false)
    {
        const int Side = 3;
        int lanes = output.Lanes, inputs = input.Groups * input.Lanes;
        var position = (long)output.Groups * lanes * inputs;
        var (perInput, nextColumn) = interleaved ? (columns.Length, block * lanes) : (1, position);
        var packed = new AlignedBuffer(rows.Length * columns.Length * position);

        // All filters of a vector together: side by side they fill a cache line in every position, and one by one each would touch all
        // lines.
        var taps = stackalloc double[Side * Side * lanes];
        double* a = stackalloc double[lanes], b = stackalloc double[lanes], c = stackalloc double[lanes];
        for (var group = 0; group < output.Groups; group++)
        {
            var count = Math.Min(lanes, layer.Outputs - (group * lanes));
            for (var from = 0; from < layer.Inputs; from++)
            {
                for (var lane = 0; lane < count; lane++)
                {
                    for (var tap = 0; tap < Side * Side; tap++)
                    {
                        taps[(tap * lanes) + lane] = layer[(group * lanes) + lane, from, tap];
                    }
                }

                var row = packed.Pointer + Start(group, block, inputs, lanes, perInput) + ((long)from * perInput * block * lanes);
                foreach (var rowFactors in rows)
                {
                    var next = row;
                    Multiply(rowFactors, taps, Side * lanes, a, count);
                    Multiply(rowFactors, taps + lanes, Side * lanes, b, count);
                    Multiply(rowFactors, taps + (2 * lanes), Side * lanes, c, count);
                    foreach (var factors in columns)
                    {
                        for (var lane = 0; lane < count; lane++)
                        {
                            next[lane] = (float)Dot(factors, a[lane], b[lane], c[lane]);
                        }

                        next += nextColumn;
                    }

                    row += columns.Length * position;
                }
            }
        }

        return packed;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(double[] factors, double* taps, int stride, double* sums, int count)
    {
        for (var lane = 0; lane < count; lane++)
        {
            sums[lane] = Dot(factors, taps[lane], taps[stride + lane], taps[(2 * stride) + lane]);
        }
    }

    // Where the weights of an output group begin when a block of groups lies side by side for every input.
    private static long Start(int group, int block, long inputs, int lanes, int perInput)
        => ((group / block * block * inputs * perInput) + (group % block)) * lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Dot(double[] factors, double x, double y, double z) => (factors[0] * x) + (factors[1] * y) + (factors[2] * z);
}
