namespace AdaptiveInference.ML.Transforms.Onnx;

/// <summary>Whether an answer is accepted. (1, classes) → (1, 1), Boolean.</summary>
internal static class OnnxRefusal
{
    /// <summary>Adds the output.</summary>
    /// <exception cref="InvalidOperationException">Answers are accepted by what the exported graph does not give.</exception>
    public static void Add(OnnxGraph graph, RefusalGuarantee refusal, string score)
    {
        if (refusal.Score != RefusalScore.Probability)
        {
            throw new InvalidOperationException(
                $"Answers are accepted by {nameof(RefusalScore)}.{refusal.Score}, which cannot be written as ONNX. Call WithRefusal with "
                + $"{nameof(RefusalScore)}.{RefusalScore.Probability}, or export the network before WithRefusal.");
        }

        // A probability is never above 1, so that a threshold of 2 accepts none.
        var best = graph.Node("ReduceMax", [score], OnnxGraph.Attribute("axes", [1]), OnnxGraph.Attribute("keepdims", 1L));
        var accepted = graph.Node("GreaterOrEqual", [best, graph.Constant([refusal.Threshold ?? 2.0], 1, 1)]);
        graph.BooleanOutput("accepted", accepted, 1, 1);
    }
}
