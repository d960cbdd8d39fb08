using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Onnx;

/// <summary>Residual blocks: those that always run, and those in an <c>If</c> that are really skipped where their gate says so.</summary>
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

    /// <summary>Adds a block that runs where <paramref name="runs"/> is true.</summary>
    /// <returns>Name of its output, or of its shortcut's.</returns>
    public static string AddGated(
        OnnxGraph graph, NetworkWeights weights, OnnxQuantisation quantisation, ResidualBlock block, string x, string runs)
    {
        int[] shape = [1, block.OutChannels, block.OutHeight, block.OutWidth];
        var run = graph.Branch(block.Name + "_runs");
        run.Result(Add(run, weights, quantisation, block, x), shape);
        var skip = graph.Branch(block.Name + "_skipped");
        skip.Result(Skip(skip, weights, quantisation, block, x), shape);
        return graph.Node("If", [runs], OnnxGraph.Attribute("then_branch", run), OnnxGraph.Attribute("else_branch", skip));
    }

    // Where the shortcut is the identity it is 0 or more already.
    private static string Skip(OnnxGraph graph, NetworkWeights weights, OnnxQuantisation quantisation, ResidualBlock block, string x)
    {
        var shortcut = Shortcut(graph, weights, quantisation, block, x);
        return block is { ReluWhenSkipped: true, Projection: not null } ? graph.Relu(shortcut) : shortcut;
    }

    private static string Shortcut(OnnxGraph graph, NetworkWeights weights, OnnxQuantisation quantisation, ResidualBlock block, string x)
        => block.Projection is null ? x : quantisation.Convolution(graph, weights, block, null, x);
}
