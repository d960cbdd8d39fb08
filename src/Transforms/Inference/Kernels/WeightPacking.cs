using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>Lays weights out in the order in which tiles read them.</summary>
internal static unsafe class WeightPacking
{
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

    /// <summary>[block of groups][input group][row][column][input lane][group of the block][output lane].</summary>
    /// <param name="layer">The convolution.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="output">What it writes.</param>
    /// <param name="block">Output groups that one tile computes: their weights lie side by side, so that a tile reads one stream.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static AlignedBuffer Direct(FoldedConvolution layer, FeatureMap input, FeatureMap output, int block)
    {
        var taps = layer.Kernel * layer.Kernel;
        var packed = new AlignedBuffer((long)output.Groups * output.Lanes * input.Groups * input.Lanes * taps);
        for (var to = 0; to < layer.Outputs; to++)
        {
            var (group, lane) = Math.DivRem(to, output.Lanes);
            var next = packed.Pointer + Start(group, block, (long)input.Groups * input.Lanes * taps, output.Lanes) + lane;
            for (var i = 0; i < input.Groups; i++)
            {
                for (var tap = 0; tap < taps; tap++)
                {
                    for (var from = i * input.Lanes; from < (i + 1) * input.Lanes; from++, next += block * output.Lanes)
                    {
                        *next = from < layer.Inputs ? (float)layer[to, from, tap / layer.Kernel, tap % layer.Kernel] : 0;
                    }
                }
            }
        }

        return packed;
    }

    /// <summary>G·g·Gᵀ of every filter in double precision, as [position][block of groups][input channel][group of the block][output lane].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static AlignedBuffer Winograd(FoldedConvolution layer, FeatureMap input, FeatureMap output, int block, double[][] filter)
    {
        var inputs = input.Groups * input.Lanes;
        var position = (long)output.Groups * output.Lanes * inputs;
        var packed = new AlignedBuffer(filter.Length * filter.Length * position);
        for (var to = 0; to < layer.Outputs; to++)
        {
            var (group, lane) = Math.DivRem(to, output.Lanes);
            for (var from = 0; from < layer.Inputs; from++)
            {
                var next = packed.Pointer + Start(group, block, inputs, output.Lanes) + ((long)from * block * output.Lanes) + lane;
                double g0 = layer[to, from, 0, 0], g1 = layer[to, from, 0, 1], g2 = layer[to, from, 0, 2];
                double g3 = layer[to, from, 1, 0], g4 = layer[to, from, 1, 1], g5 = layer[to, from, 1, 2];
                double g6 = layer[to, from, 2, 0], g7 = layer[to, from, 2, 1], g8 = layer[to, from, 2, 2];
                foreach (var rowFactors in filter)
                {
                    double a = Dot(rowFactors, g0, g3, g6), b = Dot(rowFactors, g1, g4, g7), c = Dot(rowFactors, g2, g5, g8);
                    foreach (var factors in filter)
                    {
                        *next = (float)Dot(factors, a, b, c);
                        next += position;
                    }
                }
            }
        }

        return packed;
    }

    // Where the weights of an output group begin when a block of groups lies side by side for every input.
    private static long Start(int group, int block, long inputs, int lanes)
        => ((group / block * block * inputs) + (group % block)) * lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Dot(double[] factors, double x, double y, double z) => (factors[0] * x) + (factors[1] * y) + (factors[2] * z);
}
