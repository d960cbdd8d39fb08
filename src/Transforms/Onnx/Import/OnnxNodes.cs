using AdaptiveInference.ML.Transforms.Onnx.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>The operators of a graph, to be followed from the input on. Operators that change nothing at inference are seen through.</summary>
internal sealed class OnnxNodes
{
    private readonly Dictionary<string, TensorProto> _constants = [];
    private readonly Dictionary<string, string> _aliases = [];
    private readonly Dictionary<string, List<NodeProto>> _consumers = [];

    /// <exception cref="FormatException">The graph is none that can be followed; the message is the rest of a sentence on the file.</exception>
    public OnnxNodes(GraphProto graph)
    {
        if (graph.SparseInitializer.Count > 0)
        {
            throw new FormatException("it has sparse weights, which cannot be read");
        }

        foreach (var tensor in graph.Initializer)
        {
            _constants[tensor.Name] = tensor;
        }

        foreach (var node in graph.Node)
        {
            Add(node);
        }

        Outputs = [.. graph.Output.Select(output => Resolve(output.Name))];
        Inputs = [.. graph.Input.Where(input => !_constants.ContainsKey(input.Name))];
    }

    /// <summary>What a caller gives: inputs that are no weights.</summary>
    public IReadOnlyList<ValueInfoProto> Inputs { get; }

    /// <summary>Values that a caller gets.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>How an error names an operator.</summary>
    public static string Name(NodeProto node)
        => $"node '{(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? "")}' ({(node.Domain.Length > 0 ? node.Domain + "." : "")}{node.OpType})";

    public static FormatException Refuse(NodeProto node, string reason) => new($"{Name(node)} {reason}");

    /// <summary>Operators that compute with a value.</summary>
    public IReadOnlyList<NodeProto> Consumers(string value) => _consumers.GetValueOrDefault(value) ?? [];

    /// <summary>The operators' result, seen through those that change nothing.</summary>
    public static string Result(NodeProto node)
        => node.Output.Count > 0 ? node.Output[0] : throw Refuse(node, "has no output");

    /// <summary>The value that an input stands for.</summary>
    public string Input(NodeProto node, int index)
        => index < node.Input.Count ? Resolve(node.Input[index]) : throw Refuse(node, $"has {node.Input.Count} inputs, and {index + 1} are needed");

    public TensorProto? Constant(NodeProto node, int index)
        => index < node.Input.Count && _constants.TryGetValue(Resolve(node.Input[index]), out var tensor) ? tensor : null;

    /// <summary>The numbers of a constant input.</summary>
    public float[] Floats(NodeProto node, int index, string role)
    {
        var tensor = Constant(node, index) ?? throw Refuse(node, $"has a {role} that is not stored in the file");
        try
        {
            return OnnxTensor.Floats(tensor);
        }
        catch (FormatException error)
        {
            throw Refuse(node, $"has a {role} '{tensor.Name}' that {error.Message}");
        }
    }

    /// <summary>The whole numbers of a constant input; null where it is none.</summary>
    public long[]? Integers(NodeProto node, int index)
    {
        try
        {
            return Constant(node, index) is { } tensor ? OnnxTensor.Integers(tensor) : null;
        }
        catch (FormatException error)
        {
            throw Refuse(node, $"has an input that {error.Message}");
        }
    }

    public static AttributeProto? Attribute(NodeProto node, string name) => node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    public static long Integer(NodeProto node, string name, long without) => Attribute(node, name) is { } attribute ? attribute.I : without;

    public static long[]? Integers(NodeProto node, string name) => Attribute(node, name) is { Ints: var ints } ? [.. ints] : null;

    private void Add(NodeProto node)
    {
        if (node.Domain is not ("" or "ai.onnx"))
        {
            throw Refuse(node, "is of a domain that is not ONNX's own");
        }

        if (node.Attribute.Any(attribute => attribute.G is not null || attribute.Graphs.Count > 0))
        {
            throw Refuse(node, "has a graph inside: networks with gates or exits, or loops, cannot be imported");
        }

        switch (node.OpType)
        {
            case "Constant" when Attribute(node, "value")?.T is { } tensor && node.Output.Count == 1:
                _constants[node.Output[0]] = tensor;
                return;
            case "Constant" or "Shape":
                return;
            case "Identity" or "Dropout" or "Cast" when node.Input.Count > 0 && node.Output.Count > 0:
                var source = Resolve(node.Input[0]);
                if (_constants.TryGetValue(source, out var constant))
                {
                    _constants[node.Output[0]] = constant;
                }

                _aliases[node.Output[0]] = source;
                return;
        }

        foreach (var input in node.Input.Select(Resolve).Where(input => !_constants.ContainsKey(input)).Distinct())
        {
            if (!_consumers.TryGetValue(input, out var list))
            {
                _consumers.Add(input, list = []);
            }

            list.Add(node);
        }
    }

    // Nodes stand in an order in which everything is made before it is used, so an alias of an alias is known as one step.
    private string Resolve(string name) => _aliases.GetValueOrDefault(name, name);
}
