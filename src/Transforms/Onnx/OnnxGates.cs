using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;

namespace AdaptiveInference.ML.Transforms.Onnx;

/// <summary>Gate networks: each gives one number, positive when the block should run (logit of open less logit of closed).</summary>
internal sealed class OnnxGates(ControlSpec? control, NetworkWeights weights, float? threshold)
{
    private (string Hidden, string Cell)? _state;

    /// <summary>Whether gates are evaluated at all: at threshold 0 every block runs anyway.</summary>
    public bool AreEvaluated => threshold != 0f;

    /// <summary>Adds the gate of a block to the graph.</summary>
    /// <returns>Name of a boolean of one element: whether the block runs.</returns>
    public string Add(OnnxGraph graph, GateSpec gate, string x)
    {
        var logit = gate switch
        {
            AigGateSpec aig => Aig(graph, aig, x),
            RecurrentGateSpec recurrent => Recurrent(graph, recurrent, control!, x),
            FeedForwardGateSpec feedForward => FeedForward(graph, feedForward, x),
            _ => throw new NotSupportedException($"Gates of kind {gate.GetType().Name} cannot be written as ONNX."),
        };
        if (threshold is { } least)
        {
            return graph.Node("GreaterOrEqual", [graph.Node("Sigmoid", [logit]), graph.Constant([least], 1, 1)]);
        }

        return graph.Node(gate.OpensAtTie ? "GreaterOrEqual" : "Greater", [logit, graph.Constant([0.0], 1, 1)]);
    }

    private string Aig(OnnxGraph graph, AigGateSpec gate, string x)
    {
        var hidden = FoldedLinear.Of(weights, gate.First).Before(FoldedBatchNorm.Of(weights, gate.Norm));
        return graph.Linear(
            graph.Relu(graph.Linear(graph.GlobalAverage(x), hidden)), FoldedLinear.Of(weights, gate.Second).Difference(1, 0));
    }

    private string FeedForward(OnnxGraph graph, FeedForwardGateSpec gate, string x)
    {
        x = gate.Pool is null ? x : graph.MaxPool(x, gate.Pool);
        foreach (var layer in gate.Convolutions)
        {
            x = graph.Relu(graph.Convolution(x, FoldedConvolution.Of(weights, layer)));
        }

        return graph.Linear(graph.GlobalAverage(x), FoldedLinear.Of(weights, gate.Linear).Difference(1, 0));
    }

    // One step of the LSTM that all gates share, written out: its state must pass from branch to branch.
    private string Recurrent(OnnxGraph graph, RecurrentGateSpec gate, ControlSpec shared, string x)
    {
        var width = shared.Lstm.Width;
        var (hidden, cell) = _state ?? (graph.Constant(new double[width], 1, width), graph.Constant(new double[width], 1, width));
        var input = graph.Linear(graph.GlobalAverage(x), FoldedLinear.Of(weights, gate.Embedding));
        var fromInput = graph.Linear(input, FoldedLinear.OfInput(weights, shared.Lstm));
        var fromHidden = graph.Linear(hidden, FoldedLinear.OfState(weights, shared.Lstm));
        var parts = graph.Nodes("Split", [graph.Node("Add", [fromInput, fromHidden])], LstmSpec.Parts, OnnxGraph.Attribute("axis", 1L));
        var kept = graph.Node("Mul", [graph.Node("Sigmoid", [parts[1]]), cell]);
        var added = graph.Node("Mul", [graph.Node("Sigmoid", [parts[0]]), graph.Node("Tanh", [parts[2]])]);
        cell = graph.Node("Add", [kept, added]);
        hidden = graph.Node("Mul", [graph.Node("Sigmoid", [parts[3]]), graph.Node("Tanh", [cell])]);
        _state = (hidden, cell);
        return graph.Linear(hidden, FoldedLinear.Of(weights, shared.Projection));
    }
}
