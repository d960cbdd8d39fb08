using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;

namespace AdaptiveInference.ML.Transforms.Onnx;

/// <summary>Classification heads. (1, C, H, W) → (1, classes).</summary>
internal static class OnnxHeads
{
    /// <summary>Adds a head; the result is its class scores.</summary>
    public static string Add(OnnxGraph graph, NetworkWeights weights, HeadSpec head, string x, int height, int width) => head switch
    {
        PooledHeadSpec pooled => graph.Linear(graph.GlobalAverage(x), FoldedLinear.Of(weights, pooled.Linear)),
        QuartersHeadSpec quarters => graph.Linear(
            Pool(graph, "ReduceMean", x, height, width, QuartersHeadSpec.Side), FoldedLinear.Of(weights, quarters.Linear)),
        GridHeadSpec grid => Grid(graph, weights, grid, x, height, width),
        _ => throw new NotSupportedException($"Heads of kind {head.GetType().Name} cannot be written as ONNX."),
    };

    /// <summary>The mean of the class scores so far, see <see cref="HeadMean"/>.</summary>
    /// <param name="graph">Receives the nodes.</param>
    /// <param name="mean">The mean before; null when this head is the first.</param>
    /// <param name="logits">The head's class scores.</param>
    /// <param name="head">Its position from 0.</param>
    public static string Average(OnnxGraph graph, string? mean, string logits, int head)
        => mean is null
            ? logits
            : graph.Node(
                "Add", [mean, graph.Node("Mul", [graph.Node("Sub", [logits, mean]), graph.Constant([HeadMean.StepOf(head)], 1, 1)])]);

    /// <summary>Class scores → probabilities.</summary>
    public static string Probabilities(OnnxGraph graph, string logits) => graph.Node("Softmax", [logits], OnnxGraph.Attribute("axis", 1L));

    private static string Grid(OnnxGraph graph, NetworkWeights weights, GridHeadSpec head, string x, int height, int width)
    {
        var pooled = graph.Node(
            "Concat",
            [
                Pool(graph, "ReduceMean", x, height, width, NetworkSpec.GridSide),
                Pool(graph, "ReduceMax", x, height, width, NetworkSpec.GridSide),
            ],
            OnnxGraph.Attribute("axis", 1L));
        var hidden = FoldedLinear.Of(weights, head.First)
            .After(FoldedBatchNorm.Of(weights, head.FirstNorm))
            .Before(FoldedBatchNorm.Of(weights, head.SecondNorm));
        return graph.Linear(graph.Relu(graph.Linear(pooled, hidden)), FoldedLinear.Of(weights, head.Second));
    }

    // Adaptive pooling has bins of unequal size, which no pooling operator of ONNX has: slices and a reduction along each side do.
    private static string Pool(OnnxGraph graph, string reduce, string x, int height, int width, int side)
        => graph.Node(
            "Flatten", [Side(graph, reduce, Side(graph, reduce, x, height, 2, side), width, 3, side)], OnnxGraph.Attribute("axis", 1L));

    private static string Side(OnnxGraph graph, string reduce, string x, int size, int axis, int bins)
    {
        var parts = Enumerable.Range(0, bins).Select(bin =>
        {
            long from = bin * size / bins, to = (((bin + 1) * size) + bins - 1) / bins;
            var slice = graph.Node("Slice", [x, graph.Constant(from), graph.Constant(to), graph.Constant(axis)]);
            return graph.Node(reduce, [slice], OnnxGraph.Attribute("axes", [axis]), OnnxGraph.Attribute("keepdims", 1L));
        });
        return graph.Node("Concat", [.. parts], OnnxGraph.Attribute("axis", (long)axis));
    }
}
