using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Onnx;

/// <summary>Gate networks: each gives one number, positive when the block should run (logit of open less logit of closed).</summary>
/// <param name="control">What recurrent gates share.</param>
/// <param name="weights">The network's weights.</param>
/// <param name="policy">Threshold of the gates, and the budget that they are told: both are constants of the graph.</param>
internal sealed class OnnxGates(ControlSpec? control, NetworkWeights weights, ScoringPolicy policy)
{
    private (string Hidden, string Cell)? _state;

    /// <summary>Whether gates are evaluated at all: at threshold 0, or told the whole budget, every block runs anyway.</summary>
    public bool AreEvaluated => !policy.OpensAllGates;

    /// <summary>Adds the gate of a block to the graph.</summary>
    /// <returns>Name of a boolean of one element: whether the block runs.</returns>
    public string Add(OnnxGraph graph, GateSpec gate, BudgetCurveSpec? curve, string x)
    {
        var logit = gate switch
        {
            AigGateSpec aig => Aig(graph, aig, x),
            RecurrentGateSpec recurrent => Recurrent(graph, recurrent, control!, x),
            FeedForwardGateSpec feedForward => FeedForward(graph, feedForward, x),
            _ => throw new NotSupportedException($"Gates of kind {gate.GetType().Name} cannot be written as ONNX."),
        };
        if (curve is not null && policy.Budget is { } budget)
        {
            logit = graph.Node("Add", [logit, graph.Constant([BudgetCurveSpec.At(weights[curve.Values], budget)], 1, 1)]);
        }

        if (policy.GateThreshold is { } least)
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
