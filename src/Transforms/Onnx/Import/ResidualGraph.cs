using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>
/// Recognises a residual network by what its operators do, whatever they are called: input → normalisation → convolution → ReLU → pool →
/// blocks → global average → fully connected → softmax. Stops at the first operator that does not belong there.
/// </summary>
internal sealed class ResidualGraph
{
    private readonly OnnxNodes _nodes;
    private readonly List<OnnxBlock> _blocks = [];
    private readonly List<NodeProto> _normalisation = [];

    private ResidualGraph(OnnxNodes nodes) => _nodes = nodes;

    /// <summary>Operators between the input and the first convolution.</summary>
    public IReadOnlyList<NodeProto> Normalisation => _normalisation;

    public OnnxConvolution Stem { get; private set; } = null!;

    /// <summary>Max pool behind the first convolution; null where there is none.</summary>
    public NodeProto? Pool { get; private set; }

    public IReadOnlyList<OnnxBlock> Blocks => _blocks;

    /// <summary>Global pool behind the last block.</summary>
    public NodeProto Average { get; private set; } = null!;

    /// <summary>Fully connected layer; null in a network that ends with its features.</summary>
    public NodeProto? Classifier { get; private set; }

    /// <summary>Addition of the classifier's bias, where it is an operator of its own.</summary>
    public NodeProto? ClassifierBias { get; private set; }

    /// <exception cref="FormatException">
    /// The graph is no such network; the message names the first operator that is out of place.
    /// </exception>
    public static ResidualGraph Of(OnnxNodes nodes, OnnxInput input)
    {
        var graph = new ResidualGraph(nodes);
        graph.Tail(graph.Body(graph.Head(input.Name)), input.Batch);
        return graph;
    }

    private string Head(string x)
    {
        var node = Only(x, null);
        for (; node.OpType is "Sub" or "Add" or "Mul" or "Div" or "BatchNormalization"; node = Only(x, node))
        {
            _normalisation.Add(node);
            x = OnnxNodes.Result(node);
        }

        Stem = OnnxConvolution.Of(_nodes, node);
        x = Relu(Stem.Result, Stem.Node);
        if (_nodes.Consumers(x) is [{ OpType: "MaxPool" } pool])
        {
            Pool = pool;
            x = OnnxNodes.Result(pool);
        }

        return x;
    }

    private string Body(string x)
    {
        while (_nodes.Consumers(x) is { Count: 2 } both)
        {
            x = Block(x, both);
        }

        return x;
    }

    private string Block(string x, IReadOnlyList<NodeProto> both)
    {
        if (both.FirstOrDefault(node => node.OpType is not ("Conv" or "Add" or "Sum")) is { } stranger)
        {
            throw OnnxNodes.Refuse(stranger, "stands where a residual block begins: a convolution and a shortcut are expected");
        }

        var branches = both.Where(node => node.OpType == "Conv").Select(Branch)
            .OrderByDescending(branch => branch.Convolutions.Count).ToList();
        if (branches.Count == 0)
        {
            throw OnnxNodes.Refuse(both[0], "adds a value to itself where a residual block begins");
        }

        var (body, sum) = branches[0];
        var shortcut = branches.Count == 2 ? branches[1].Sum : both.Single(node => node.OpType != "Conv");
        if (!ReferenceEquals(sum, shortcut))
        {
            throw OnnxNodes.Refuse(shortcut, $"is not the addition at which the branch of {OnnxNodes.Name(body[0].Node)} ends");
        }

        var projection = branches.Count == 2 ? branches[1].Convolutions : [];
        if (projection.Count > 1)
        {
            throw OnnxNodes.Refuse(projection[1].Node, "is a second convolution on a shortcut, which has one at most");
        }

        if (body.Count is not (2 or 3))
        {
            throw OnnxNodes.Refuse(body[0].Node, $"begins a residual branch of {body.Count} convolutions; 2 or 3 are expected");
        }

        if (sum.Input.Count != 2)
        {
            throw OnnxNodes.Refuse(sum, $"adds {sum.Input.Count} values; a residual block adds two");
        }

        _blocks.Add(new OnnxBlock(body, projection.Count == 1 ? projection[0] : null));
        return Relu(OnnxNodes.Result(sum), sum);
    }

    private (List<OnnxConvolution> Convolutions, NodeProto Sum) Branch(NodeProto first)
    {
        var convolutions = new List<OnnxConvolution> { OnnxConvolution.Of(_nodes, first) };
        while (true)
        {
            var last = convolutions[^1];
            var next = Only(last.Result, last.Node);
            if (next.OpType is "Add" or "Sum")
            {
                return (convolutions, next);
            }

            if (next.OpType != "Relu")
            {
                throw OnnxNodes.Refuse(next, "stands in a residual branch, which is made of convolutions, batch-norms and ReLUs");
            }

            if (convolutions.Count == 3)
            {
                throw OnnxNodes.Refuse(next, "goes on a residual branch behind its third convolution");
            }

            convolutions.Add(OnnxConvolution.Of(_nodes, Only(OnnxNodes.Result(next), next)));
        }
    }

    private void Tail(string x, int batch)
    {
        Average = Only(x, null);
        if (_blocks.Count == 0)
        {
            throw OnnxNodes.Refuse(Average, "stands where the first residual block is expected");
        }

        if (!IsGlobalAverage(Average))
        {
            throw OnnxNodes.Refuse(Average, "stands behind a residual block: another block or an average over the whole map is expected");
        }

        x = OnnxNodes.Result(Average);
        var shape = new OnnxFlat(_nodes, _blocks[^1].Body[^1].Shape[0], batch);
        shape.Follow(Average);
        while (_nodes.Consumers(x) is [{ OpType: "Flatten" or "Reshape" or "Squeeze" } flat])
        {
            shape.Follow(flat);
            x = OnnxNodes.Result(flat);
        }

        if (_nodes.Consumers(x) is [{ OpType: "Gemm" or "MatMul" } classifier])
        {
            Classifier = shape.Rank == 2
                ? classifier
                : throw OnnxNodes.Refuse(
                    classifier, $"multiplies a value of {shape.Rank} dimensions; two, images × channels, are expected");
            x = OnnxNodes.Result(classifier);
            if (classifier.OpType == "MatMul" && _nodes.Consumers(x) is [{ OpType: "Add" } bias])
            {
                ClassifierBias = bias;
                x = OnnxNodes.Result(bias);
            }

            if (_nodes.Consumers(x) is [{ OpType: "Softmax" or "LogSoftmax" } softmax])
            {
                x = OnnxNodes.Result(softmax);
            }
        }

        if (_nodes.Consumers(x) is [var left, ..])
        {
            throw OnnxNodes.Refuse(
                left, "stands behind the end of the network: a fully connected layer and a softmax are all that may follow");
        }

        if (!_nodes.Outputs.Contains(x))
        {
            throw new FormatException("it ends with a value that is none of its outputs");
        }
    }

    // ReduceMean's axes are an attribute up to operator set 17, an input from 18 on; a pool over a window is global where the window is
    // the map.
    private bool IsGlobalAverage(NodeProto node) => node.OpType switch
    {
        "GlobalAveragePool" or "AveragePool" => true,
        "ReduceMean" => (OnnxNodes.Integers(node, "axes") ?? _nodes.Integers(node, 1)) is { Length: 2 } axes
            && axes.Select(axis => axis < 0 ? axis + 4 : axis).Order().SequenceEqual([2L, 3L]),
        _ => false,
    };

    private string Relu(string x, NodeProto before)
    {
        var node = Only(x, before);
        return node.OpType == "Relu"
            ? OnnxNodes.Result(node)
            : throw OnnxNodes.Refuse(
                node,
                $"follows {OnnxNodes.Name(before)}, where a ReLU is expected "
                    + "(networks that normalise before they convolve, ResNet v2, are not supported)");
    }

    private NodeProto Only(string value, NodeProto? before) => _nodes.Consumers(value) switch
    {
        [var node] => node,
        [] => before is null
            ? throw new FormatException($"no operator computes with '{QuotedText.Short(value)}'")
            : throw OnnxNodes.Refuse(before, "is the end of the graph, where the network is not complete"),
        [_, var second, ..] => throw OnnxNodes.Refuse(
            second, $"is a second operator that computes with '{QuotedText.Short(value)}', where a plain residual network has one"),
    };
}
