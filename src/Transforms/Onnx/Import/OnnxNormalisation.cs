using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>
/// What is done to the pixels before the first convolution, by the options and by the graph, as one mean and deviation a channel.
/// </summary>
internal static class OnnxNormalisation
{
    /// <exception cref="FormatException">The graph does something else to them; the message names the operator.</exception>
    public static ChannelStatistics Of(OnnxNodes nodes, IReadOnlyList<NodeProto> steps, int channels, OnnxImportOptions options)
    {
        // y = factor · x + offset, first by the options, in the order in which the network sees the colours.
        var factor = new double[channels];
        var offset = new double[channels];
        var isReversed = options.ChannelOrder == ChannelOrder.Bgr;
        for (var c = 0; c < channels; c++)
        {
            var colour = isReversed ? channels - 1 - c : c;
            factor[c] = 1 / (double)(options.ChannelStandardDeviation?[colour] ?? 1);
            offset[c] = -(options.ChannelMean?[colour] ?? 0) * factor[c];
        }

        foreach (var step in steps)
        {
            Apply(nodes, step, factor, offset);
        }

        var (mean, deviation) = (new float[channels], new float[channels]);
        for (var c = 0; c < channels; c++)
        {
            var colour = isReversed ? channels - 1 - c : c;
            mean[colour] = (float)(-offset[c] / factor[c]);
            deviation[colour] = (float)(1 / factor[c]);
            if (!(deviation[colour] > 0 && float.IsFinite(deviation[colour]) && float.IsFinite(mean[colour])))
            {
                throw OnnxNodes.Refuse(steps[^1], $"leaves pixels times {factor[c]:G4}; a finite factor above 0 is expected");
            }
        }

        return new ChannelStatistics(mean, deviation);
    }

    private static void Apply(OnnxNodes nodes, NodeProto step, double[] factor, double[] offset)
    {
        if (step.OpType == "BatchNormalization")
        {
            throw OnnxNodes.Refuse(step, "normalises the pixels with a batch-norm, which is not supported");
        }

        var isSecond = nodes.Constant(step, 1) is not null;
        var numbers = nodes.Floats(step, isSecond ? 1 : 0, "constant");
        var shape = nodes.Constant(step, isSecond ? 1 : 0)!.Dims;

        // A fifth dimension would make another of the images.
        var isByChannel = numbers.Length == factor.Length && (shape.Count is 3 or 4) && shape[^1] == 1 && shape[^2] == 1
            && shape[^3] == factor.Length;
        if (shape.Count > 4 || (numbers.Length != 1 && !isByChannel))
        {
            throw OnnxNodes.Refuse(
                step, $"normalises the pixels by numbers of shape "
                + $"{QuotedText.List(shape)}; one number or one for each channel is expected");
        }

        for (var c = 0; c < factor.Length; c++)
        {
            var number = (double)numbers[isByChannel ? c : 0];
            (factor[c], offset[c]) = (step.OpType, isSecond) switch
            {
                ("Add", _) => (factor[c], offset[c] + number),
                ("Sub", true) => (factor[c], offset[c] - number),
                ("Mul", _) => (factor[c] * number, offset[c] * number),
                ("Div", true) => (factor[c] / number, offset[c] / number),
                _ => throw OnnxNodes.Refuse(step, "takes the pixels from a constant or divides one by them, which is not supported"),
            };
        }
    }
}
