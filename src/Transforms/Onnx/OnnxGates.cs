using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference;

namespace AdaptiveInference.ML.Transforms.Onnx;

/// <summary>Gate networks: each gives one number, positive when the block should run (logit of open less logit of closed).</summary>
internal sealed class OnnxGates(NetworkSpec spec, NetworkWeights weights, float? threshold)
{
    private const int Width = NetworkSpec.RecurrentGateWidth;

    private (string Hidden, string Cell)? _state;

    /// <summary>Whether gates are asked at all: at threshold 0 every block runs anyway.</summary>
    public bool AreAsked => threshold != 0f;

    /// <summary>Adds the gate of a block to the graph.</summary>
    /// <returns>Name of a boolean of one element: whether the block runs.</returns>
    public string Add(OnnxGraph graph, ResidualBlock block, string x)
    {
        var prefix = block.Prefix + "gate.";
        var logit = spec.Network == NetworkKind.ConvNetAig ? Aig(graph, prefix, x)
            : spec.Gate == GateKind.Recurrent ? Recurrent(graph, prefix, x)
            : FeedForward(graph, block, prefix, x);
        if (threshold is { } least)
        {
            return graph.Node("GreaterOrEqual", [graph.Node("Sigmoid", [logit]), graph.Constant([least], 1, 1)]);
        }

        return graph.Node(spec.Network == NetworkKind.ConvNetAig ? "GreaterOrEqual" : "Greater", [logit, graph.Constant([0.0], 1, 1)]);
    }

    private string Aig(OnnxGraph graph, string prefix, string x)
    {
        var hidden = FoldedLinear.Of(weights, prefix + "fc1").Before(FoldedBatchNorm.Of(weights, prefix + "fc1bn"));
        return graph.Linear(graph.Relu(graph.Linear(graph.GlobalAverage(x), hidden)), FoldedLinear.Of(weights, prefix + "fc2").Difference(1, 0));
    }

    private string FeedForward(OnnxGraph graph, ResidualBlock block, string prefix, string x)
    {
        if (spec.Gate == GateKind.FeedForwardI)
        {
            x = graph.Node("MaxPool", [x], OnnxGraph.Attribute("kernel_shape", 2, 2), OnnxGraph.Attribute("strides", 2, 2));
            x = graph.Relu(graph.Convolution(x, Layer(block, prefix, "1", 1)));
            x = graph.Relu(graph.Convolution(x, Layer(block, prefix, "2", 2)));
        }
        else
        {
            x = graph.Relu(graph.Convolution(x, Layer(block, prefix, "1", 2)));
        }

        return graph.Linear(graph.GlobalAverage(x), FoldedLinear.Of(weights, prefix + "linear").Difference(1, 0));
    }

    private FoldedConvolution Layer(ResidualBlock block, string prefix, string number, int stride)
        => FoldedConvolution.Of(weights, $"{prefix}conv{number}", $"{prefix}bn{number}", block.InChannels, block.InChannels, 3, stride);

    // One step of the LSTM that all gates share, written out: its state must pass from branch to branch.
    private string Recurrent(OnnxGraph graph, string prefix, string x)
    {
        var (hidden, cell) = _state ?? (graph.Constant(new double[Width], 1, Width), graph.Constant(new double[Width], 1, Width));
        var input = graph.Linear(graph.GlobalAverage(x), FoldedLinear.Of(weights, prefix + "embed"));
        var fromInput = graph.Linear(input, FoldedLinear.Of(weights["control.rnn.weight_ih_l0"], weights["control.rnn.bias_ih_l0"]));
        var fromHidden = graph.Linear(hidden, FoldedLinear.Of(weights["control.rnn.weight_hh_l0"], weights["control.rnn.bias_hh_l0"]));
        var parts = graph.Nodes("Split", [graph.Node("Add", [fromInput, fromHidden])], 4, OnnxGraph.Attribute("axis", 1L));
        var kept = graph.Node("Mul", [graph.Node("Sigmoid", [parts[1]]), cell]);
        var added = graph.Node("Mul", [graph.Node("Sigmoid", [parts[0]]), graph.Node("Tanh", [parts[2]])]);
        cell = graph.Node("Add", [kept, added]);
        hidden = graph.Node("Mul", [graph.Node("Sigmoid", [parts[3]]), graph.Node("Tanh", [cell])]);
        _state = (hidden, cell);
        return graph.Linear(hidden, FoldedLinear.Of(weights, "control.proj"));
    }
}
