using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Onnx;

/// <summary>Residual blocks.</summary>
internal static class OnnxBlocks
{
    /// <summary>Adds a block that runs.</summary>
    /// <returns>Name of its output.</returns>
    public static string Add(OnnxGraph graph, NetworkWeights weights, OnnxQuantisation quantisation, ResidualBlock block, string x)
    {
        var y = x;
        for (var i = 0; i < block.Body.Count; i++)
        {
            y = quantisation.Convolution(graph, weights, block, i, y);
            y = i < block.Body.Count - 1 ? graph.Relu(y) : y;
        }

        return graph.Relu(graph.Node("Add", [y, Shortcut(graph, weights, quantisation, block, x)]));
    }

    /// <summary>Adds what a block adds its residual branch to.</summary>
    public static string Shortcut(OnnxGraph graph, NetworkWeights weights, OnnxQuantisation quantisation, ResidualBlock block, string x)
        => block.Projection is null ? x : quantisation.Convolution(graph, weights, block, null, x);
}
