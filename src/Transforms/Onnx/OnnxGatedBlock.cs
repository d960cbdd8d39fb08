using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Onnx;

/// <summary>A residual block in an <c>If</c>, which an engine really skips where the block's gate says so.</summary>
internal static class OnnxGatedBlock
{
    /// <summary>Adds a block that runs where <paramref name="runs"/> is true.</summary>
    /// <returns>Name of its output, or of its shortcut's.</returns>
    public static string Add(
        OnnxGraph graph, NetworkWeights weights, OnnxQuantisation quantisation, ResidualBlock block, string x, string runs)
    {
        int[] shape = [1, block.OutChannels, block.OutHeight, block.OutWidth];
        var run = graph.Branch(block.Name + "_runs");
        run.Result(OnnxBlocks.Add(run, weights, quantisation, block, x), shape);
        var skip = graph.Branch(block.Name + "_skipped");
        skip.Result(Skip(skip, weights, quantisation, block, x), shape);
        return graph.Node("If", [runs], OnnxGraph.Attribute("then_branch", run), OnnxGraph.Attribute("else_branch", skip));
    }

    // Where the shortcut is the identity it is 0 or more already.
    private static string Skip(OnnxGraph graph, NetworkWeights weights, OnnxQuantisation quantisation, ResidualBlock block, string x)
    {
        var shortcut = OnnxBlocks.Shortcut(graph, weights, quantisation, block, x);
        return block is { ReluWhenSkipped: true, Projection: not null } ? graph.Relu(shortcut) : shortcut;
    }
}
