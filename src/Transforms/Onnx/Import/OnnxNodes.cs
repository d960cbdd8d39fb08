using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>
/// The operators of a graph, to be followed from the input on. Operators that change nothing at inference are seen through.
/// </summary>
internal sealed class OnnxNodes
{
    private readonly Dictionary<string, TensorProto> _constants = [];
    private readonly Dictionary<string, string> _aliases = [];
    private readonly Dictionary<string, List<NodeProto>> _consumers = [];
    private readonly HashSet<string> _made = [];
    private readonly Dictionary<string, NodeProto> _makers = [];
    private readonly long _operatorSet;

    /// <exception cref="FormatException">
    /// The graph is none that can be followed; the message is the rest of a sentence on the file.
    /// </exception>
    /// <param name="graph">The graph.</param>
    /// <param name="operatorSet">Operator set of its operators.</param>
    public OnnxNodes(GraphProto graph, long operatorSet)
    {
        _operatorSet = operatorSet;
        if (graph.SparseInitializer.Count > 0)
        {
            throw new FormatException("it has sparse weights, which cannot be read");
        }

        foreach (var tensor in graph.Initializer)
        {
            if (!_constants.TryAdd(tensor.Name, tensor))
            {
                throw new FormatException($"it has two weights named '{QuotedText.Short(tensor.Name)}'");
            }
        }

        _made.UnionWith(_constants.Keys);
        _made.UnionWith(graph.Input.Select(input => input.Name));

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
    {
        var name = node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? "";
        var domain = node.Domain.Length > 0 ? QuotedText.Short(node.Domain) + "." : "";
        return $"node '{QuotedText.Short(name)}' ({domain}{QuotedText.Short(node.OpType)})";
    }

    public static FormatException Refuse(NodeProto node, string reason) => new($"{Name(node)} {reason}");

    /// <summary>Operators that compute with a value which the images go through.</summary>
    /// <exception cref="FormatException">One does so in a way that no network here does; the message names it.</exception>
    public IReadOnlyList<NodeProto> Consumers(string value)
    {
        var consumers = _consumers.GetValueOrDefault(value) ?? [];
        foreach (var node in consumers)
        {
            if (OnnxNoOps.Reason(this, node) is { } reason)
            {
                throw Refuse(node, reason);
            }

            if (OnnxOperators.ReadsFirst(node) && node.Input.Select(Resolve).ToList().LastIndexOf(value) != 0)
            {
                throw Refuse(node, $"computes with '{QuotedText.Short(value)}' otherwise than as its first input");
            }
        }

        return consumers;
    }

    /// <summary>The operator that makes a value; null for inputs and weights, and for values that are seen through.</summary>
    public NodeProto? Maker(string value) => _makers.GetValueOrDefault(Resolve(value));

    /// <summary>The operators' result, seen through those that change nothing.</summary>
    public static string Result(NodeProto node)
        => node.Output.Count > 0 ? node.Output[0] : throw Refuse(node, "has no output");

    public TensorProto? Constant(NodeProto node, int index)
        => index < node.Input.Count && _constants.TryGetValue(Resolve(node.Input[index]), out var tensor) ? tensor : null;

    /// <summary>The numbers of a constant input.</summary>
    public float[] Floats(NodeProto node, int index, string role)
    {
        var tensor = Constant(node, index) ?? throw Refuse(node, $"has a {role} that is not stored in the file");
        try
        {
            var values = OnnxTensor.Floats(tensor);
            return FiniteFloats.All(values)
                ? values
                : throw new FormatException(FormattableString.Invariant(
                    $"holds {values.First(value => !float.IsFinite(value))}; finite numbers in single precision are expected"));
        }
        catch (FormatException error)
        {
            throw Refuse(node, $"has a {role} '{QuotedText.Short(tensor.Name)}' that {error.Message}");
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

    public static AttributeProto? Attribute(NodeProto node, string name)
        => node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    public static long Integer(NodeProto node, string name, long without) => Attribute(node, name) is { } attribute ? attribute.I : without;

    public static long[]? Integers(NodeProto node, string name) => Attribute(node, name) is { Ints: var ints } ? [.. ints] : null;

    private void Add(NodeProto node)
    {
        if (!OnnxVersion.IsOnnx(node.Domain))
        {
            throw Refuse(node, "is of a domain that is not ONNX's own");
        }

        if (node.Attribute.Any(attribute => attribute.G is not null || attribute.Graphs.Count > 0))
        {
            throw Refuse(node, "has a graph inside: networks with gates or exits, or loops, cannot be imported");
        }

        CheckOrder(node);
        OnnxOperators.Check(node, _operatorSet);
        foreach (var output in node.Output)
        {
            _makers[output] = node;
        }

        switch (node.OpType)
        {
            case "Constant" when Attribute(node, "value")?.T is { } tensor && node.Output.Count == 1:
                _constants[node.Output[0]] = tensor;
                return;
            case "Constant" or "Shape":
                return;
            case var _ when node.Input.Count > 0 && node.Output.Count > 0 && OnnxNoOps.ChangesNothing(this, node):
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

    // Everything is made once and before it is used, as ONNX asks: a graph in which a walk from the input would not end is none. An empty
    // name stands for what is left out.
    private void CheckOrder(NodeProto node)
    {
        if (node.Input.FirstOrDefault(input => input.Length > 0 && !_made.Contains(input)) is { } missing)
        {
            throw Refuse(node, $"computes with '{QuotedText.Short(missing)}', which nothing before it makes");
        }

        if (node.Output.FirstOrDefault(output => output.Length > 0 && !_made.Add(output)) is { } repeated)
        {
            throw Refuse(node, $"makes '{QuotedText.Short(repeated)}', which is there already");
        }
    }

    // An alias of an alias is known as one step, because its source stands before it.
    private string Resolve(string name) => _aliases.GetValueOrDefault(name, name);
}
