using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Onnx;

/// <summary>Whether an answer is accepted. (1, 1), Boolean.</summary>
/// <param name="refusal">The rule; null accepts every answer without a word.</param>
/// <param name="distances">What it rests on, where that is distances.</param>
internal sealed class OnnxAcceptedOutput(RefusalGuarantee? refusal, ClassDistances? distances)
{
    /// <summary>
    /// Whether answers are accepted by what stands beside the head that gives them, and not by the probabilities that come out in the end.
    /// </summary>
    public bool IsOfHead => refusal is not null && refusal.Score != RefusalScore.Probability;

    /// <summary>Adds what an answer is accepted by, where the head is. (1, 1)</summary>
    /// <param name="graph">Receives the nodes.</param>
    /// <param name="head">Position of the head, the last one's behind those of the exits.</param>
    /// <param name="map">What it reads. (1, C, H, W)</param>
    /// <param name="logits">The class scores that it answers with. (1, classes)</param>
    /// <param name="probabilities">Of the classes. (1, classes)</param>
    public string ScoreOfHead(OnnxGraph graph, int head, string map, string logits, string probabilities)
        => refusal!.Score == RefusalScore.Energy
            ? graph.Node("ReduceLogSumExp", [logits], ByClass())
            : graph.Node("Div", [Best(graph, probabilities), Penalty(graph, distances!.Heads[head], map, probabilities)]);

    /// <summary>Adds the output.</summary>
    /// <param name="graph">The main graph.</param>
    /// <param name="score">What the head said; null where it is not asked.</param>
    /// <param name="probabilities">Of the classes.</param>
    public void AddOutput(OnnxGraph graph, string? score, string probabilities)
    {
        if (refusal is not null)
        {
            // No answer has a score above all numbers: such a threshold accepts none.
            var threshold = graph.Constant([refusal.Threshold ?? float.MaxValue], 1, 1);
            graph.BooleanOutput("accepted", graph.Node("GreaterOrEqual", [score ?? Best(graph, probabilities), threshold]), 1, 1);
        }
    }

    // The square of the squared distance, or 1.
    private static string Penalty(OnnxGraph graph, HeadDistances head, string map, string probabilities)
    {
        // A map of zeros has no direction: it stays a vector of zeros.
        var features = graph.GlobalAverage(map);
        var length = graph.Node("Max", [graph.Node("ReduceL2", [features], ByClass()), graph.Constant([1e-30], 1, 1)]);
        var answer = graph.Node("ArgMax", [probabilities], OnnxGraph.Attribute("axis", 1L), OnnxGraph.Attribute("keepdims", 0L));
        var classes = head.Means.Length / head.Channels;
        var means = graph.Constant(head.Means.Select(mean => (double)mean), classes, head.Channels);
        var mean = graph.Node("Gather", [means, answer], OnnxGraph.Attribute("axis", 0L));
        var difference = graph.Node("Sub", [graph.Node("Div", [features, length]), mean]);
        var weights = graph.Constant(head.Weights.Select(weight => (double)weight), head.Channels, 1);
        var distance = graph.Node("MatMul", [graph.Node("Mul", [difference, difference]), weights]);
        var beyond = graph.Node("Max", [distance, graph.Constant([1.0], 1, 1)]);
        return graph.Node("Mul", [beyond, beyond]);
    }

    private static string Best(OnnxGraph graph, string probabilities) => graph.Node("ReduceMax", [probabilities], ByClass());

    private static Protobuf.AttributeProto[] ByClass() => [OnnxGraph.Attribute("axes", [1]), OnnxGraph.Attribute("keepdims", 1L)];
}
