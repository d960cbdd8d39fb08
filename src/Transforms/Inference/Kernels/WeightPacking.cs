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

    /// <summary>[output group][input group][row][column][input lane][output lane].</summary>
    public static AlignedBuffer Direct(FoldedConvolution layer, FeatureMap input, FeatureMap output)
    {
        var taps = layer.Kernel * layer.Kernel;
        var packed = new AlignedBuffer((long)output.Groups * output.Lanes * input.Groups * input.Lanes * taps);
        for (var to = 0; to < layer.Outputs; to++)
        {
            var (group, lane) = Math.DivRem(to, output.Lanes);
            var next = packed.Pointer + ((long)group * input.Groups * input.Lanes * taps * output.Lanes) + lane;
            for (var i = 0; i < input.Groups; i++)
            {
                for (var tap = 0; tap < taps; tap++)
                {
                    for (var from = i * input.Lanes; from < (i + 1) * input.Lanes; from++, next += output.Lanes)
                    {
                        *next = from < layer.Inputs ? (float)layer[to, from, tap / layer.Kernel, tap % layer.Kernel] : 0;
                    }
                }
            }
        }

        return packed;
    }

    /// <summary>G·g·Gᵀ of every filter in double precision, as [position][output group][input channel][output lane].</summary>
    public static AlignedBuffer Winograd(FoldedConvolution layer, FeatureMap input, FeatureMap output, double[][] filter)
    {
        var inputs = input.Groups * input.Lanes;
        var position = (long)output.Groups * output.Lanes * inputs;
        var packed = new AlignedBuffer(filter.Length * filter.Length * position);
        for (var to = 0; to < layer.Outputs; to++)
        {
            var (group, lane) = Math.DivRem(to, output.Lanes);
            for (var from = 0; from < layer.Inputs; from++)
            {
                var next = packed.Pointer + ((((long)group * inputs) + from) * output.Lanes) + lane;
                foreach (var rowFactors in filter)
                {
                    var (a, b, c) = (Column(0), Column(1), Column(2));
                    foreach (var factors in filter)
                    {
                        *next = (float)((factors[0] * a) + (factors[1] * b) + (factors[2] * c));
                        next += position;
                    }

                    double Column(int x)
                        => (rowFactors[0] * layer[to, from, 0, x]) + (rowFactors[1] * layer[to, from, 1, x])
                            + (rowFactors[2] * layer[to, from, 2, x]);
                }
            }
        }

        return packed;
    }
}
