using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Onnx;

/// <summary>
/// Convolutions of residual blocks in 8 bits, in the form in which runtimes look for them: what a convolution reads is quantised and
/// dequantised (QDQ), and so are its weights. What blocks add up stays in floats, as in scoring.
/// </summary>
/// <param name="ranges">What 8-bit numbers stand for; null leaves convolutions as they are.</param>
internal sealed class OnnxQuantisation(Int8Ranges? ranges)
{
    /// <summary>Adds a convolution of a block.</summary>
    /// <param name="graph">Receives it.</param>
    /// <param name="weights">The network's weights.</param>
    /// <param name="block">The block.</param>
    /// <param name="convolution">Its position in the body; null for the projection.</param>
    /// <param name="x">What it reads.</param>
    /// <returns>Name of its output.</returns>
    public string Convolution(OnnxGraph graph, NetworkWeights weights, ResidualBlock block, int? convolution, string x)
    {
        var layer = FoldedConvolution.Of(weights, convolution is { } i ? block.Body[i] : block.Projection!);
        var number = convolution ?? block.Body.Count;
        if (ranges is null || !ranges.Set[block, number])
        {
            return graph.Convolution(x, layer);
        }

        layer = layer.Plus(ranges.Biases[block, number]);

        var (smallest, largest) = ranges[block.Index, convolution ?? 0];
        var bytes = ByteScale.Of(smallest, largest);
        string[] meaning = [graph.Constant([bytes.Scale]), graph.Bytes([(byte)bytes.Zero])];
        x = graph.Node("DequantizeLinear", [graph.Node("QuantizeLinear", [x, .. meaning]), .. meaning]);
        return graph.Convolution(x, layer, Weights(graph, layer));
    }

    private static string Weights(OnnxGraph graph, FoldedConvolution layer)
    {
        var rounded = new RoundedWeights(layer);
        var values = new sbyte[rounded.Integers.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (sbyte)rounded.Integers[i];
        }

        return graph.Node(
            "DequantizeLinear",
            [
                graph.SignedBytes(values, layer.Outputs, layer.Inputs, layer.Kernel, layer.Kernel),
                graph.Constant(rounded.Scales, layer.Outputs), graph.SignedBytes(new sbyte[layer.Outputs], layer.Outputs),
            ],
            OnnxGraph.Attribute("axis", 0L));
    }
}
