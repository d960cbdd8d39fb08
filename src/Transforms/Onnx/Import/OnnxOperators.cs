using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using Type = AdaptiveInference.ML.Transforms.Onnx.Protobuf.AttributeProto.Types.AttributeType;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>
/// Every attribute that the specification gives to the operators that are read here, by operator set. What is not in this table is refused,
/// so that an attribute that changes what an operator computes cannot be passed over, also one that a later operator set brings.
/// </summary>
internal static class OnnxOperators
{
    private static readonly Operator Plain = new(2, 1, ReadsFirst: false);
    private static readonly Operator Value = new(1, 1, ReadsFirst: true);

    private static readonly Dictionary<string, Operator> Known = new()
    {
        ["Add"] = Plain,
        ["Sub"] = Plain,
        ["Mul"] = Plain,
        ["Div"] = Plain,
        ["Sum"] = Plain with { Inputs = int.MaxValue },
        ["MatMul"] = new(2, 1, ReadsFirst: true),
        ["Relu"] = Value,
        ["Identity"] = Value,
        ["GlobalAveragePool"] = Value,
        ["Conv"] = new(
            3, 1, ReadsFirst: true,
            Text("auto_pad"), Ints("dilations"), Int("group"), Ints("kernel_shape"), Ints("pads"), Ints("strides")),
        ["BatchNormalization"] = new(
            5, 1, ReadsFirst: true,
            Real("epsilon"), Real("momentum"), Int("spatial", 1) with { Last = 8 }, Int("training_mode", 0) with { First = 14 }),
        ["MaxPool"] = new(
            1, 2, ReadsFirst: true,
            Text("auto_pad"), Int("ceil_mode", 0, 1) with { First = 10 }, Ints("dilations") with { First = 10 }, Ints("kernel_shape"),
            Ints("pads"), Int("storage_order", 0) with { First = 8 }, Ints("strides")),
        ["AveragePool"] = new(
            1, 1, ReadsFirst: true,
            Text("auto_pad"), Int("ceil_mode", 0, 1) with { First = 10 }, Int("count_include_pad", 0, 1),
            Ints("dilations") with { First = 19 }, Ints("kernel_shape"), Ints("pads"), Ints("strides")),
        ["ReduceMean"] = new(
            2, 1, ReadsFirst: true,
            Ints("axes") with { Last = 17 }, Int("keepdims", 0, 1), Int("noop_with_empty_axes", 0, 1) with { First = 18 }),
        ["Flatten"] = new(1, 1, ReadsFirst: true, Int("axis")),
        ["Reshape"] = new(2, 1, ReadsFirst: true, Int("allowzero", 0, 1) with { First = 14 }),
        ["Squeeze"] = new(2, 1, ReadsFirst: true, Ints("axes") with { Last = 12 }),
        ["Gemm"] = new(3, 1, ReadsFirst: true, Real("alpha"), Real("beta"), Int("transA"), Int("transB", 0, 1)),
        // Of images × classes, whose last axis is 1; up to operator set 12 axis 1 stands for it and all behind it.
        ["Softmax"] = Value.With(Int("axis", 1, -1)),
        ["LogSoftmax"] = Value.With(Int("axis", 1, -1)),
        ["Dropout"] = new(3, 2, ReadsFirst: true, Real("ratio") with { Last = 11 }, Int("seed") with { First = 12 }),
        ["Cast"] = Value.With(
            Int("to"), Int("saturate", 0, 1) with { First = 19 }, new Rule("round_mode", Type.String) { First = 24 }),
        ["Pad"] = new(4, 1, ReadsFirst: true, Text("mode"), Ints("pads") with { Last = 10 }, Real("value") with { Last = 10 }),
        ["Constant"] = new(
            0, 1, ReadsFirst: false,
            new("value", Type.Tensor), new("sparse_value", null), new("value_float", null), new("value_floats", null),
            new("value_int", null), new("value_ints", null), new("value_string", null), new("value_strings", null)),
        // The size of a value, from which an exporter makes the target of a Reshape.
        ["Shape"] = Value.With(Int("start") with { First = 15 }, Int("end") with { First = 15 }),
        ["Gather"] = new(2, 1, ReadsFirst: true, Int("axis")),
        ["Unsqueeze"] = new(2, 1, ReadsFirst: true, Ints("axes") with { Last = 12 }),
    };

    /// <summary>Holds an operator to the table; one that is not in it is left to whoever meets it on the way through the graph.</summary>
    /// <exception cref="FormatException">It differs; the message names it and says in what.</exception>
    public static void Check(NodeProto node, long operatorSet)
    {
        if (!Known.TryGetValue(node.OpType, out var known))
        {
            return;
        }

        var (inputs, outputs) = (node.Input.Count, node.Output.Count(output => output.Length > 0));
        if (inputs > known.Inputs || outputs > known.Outputs)
        {
            throw OnnxNodes.Refuse(
                node, $"has {inputs} inputs and {outputs} outputs; at most {known.Inputs} and {known.Outputs} are expected");
        }

        var seen = new HashSet<string>();
        foreach (var attribute in node.Attribute)
        {
            var name = QuotedText.Short(attribute.Name);
            var rule = known.Attributes.FirstOrDefault(rule => rule.Name == attribute.Name);
            if (rule is null || operatorSet < rule.First || operatorSet > rule.Last)
            {
                throw OnnxNodes.Refuse(
                    node, $"has an attribute '{name}', which is not known of this operator in operator set {operatorSet}");
            }

            if (!seen.Add(attribute.Name))
            {
                throw OnnxNodes.Refuse(node, $"has the attribute '{name}' twice");
            }

            Check(node, attribute, rule);
        }
    }

    /// <summary>Whether an operator computes with its first input, and the others are numbers for it.</summary>
    public static bool ReadsFirst(NodeProto node) => Known.TryGetValue(node.OpType, out var known) && known.ReadsFirst;

    private static void Check(NodeProto node, AttributeProto attribute, Rule rule)
    {
        // Files of the format's first versions do not say of which type an attribute is.
        var isOfType = rule.Type is not { } type || attribute.Type == type
            || (attribute.Type == Type.Undefined && (type, attribute) is
                (Type.Int, { HasI: true }) or (Type.Float, { HasF: true }) or (Type.Ints, { Ints.Count: > 0 })
                or (Type.String, { S.Length: > 0 }) or (Type.Tensor, { T: not null }));
        if (!isOfType)
        {
            throw OnnxNodes.Refuse(node, $"has an attribute '{rule.Name}' of another type than {rule.Type}");
        }

        if (rule.Allowed.Length > 0 && !rule.Allowed.Contains(attribute.I))
        {
            throw OnnxNodes.Refuse(
                node, $"has {rule.Name} {attribute.I}, where {string.Join(" or ", rule.Allowed)} is expected");
        }
    }

    private static Rule Int(string name, params long[] allowed) => new(name, Type.Int) { Allowed = allowed };

    private static Rule Ints(string name) => new(name, Type.Ints);

    private static Rule Real(string name) => new(name, Type.Float);

    private static Rule Text(string name) => new(name, Type.String);

    /// <summary>What is known of an operator.</summary>
    /// <param name="Inputs">Most inputs.</param>
    /// <param name="Outputs">Most outputs; a batch-norm has more of them only in training.</param>
    /// <param name="ReadsFirst">Whether it computes with the first input, and the others are numbers for it.</param>
    /// <param name="Attributes">All that it may have.</param>
    private sealed record Operator(int Inputs, int Outputs, bool ReadsFirst, params Rule[] Attributes)
    {
        public Operator With(params Rule[] attributes) => this with { Attributes = attributes };
    }

    /// <summary>An attribute.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Type">Its type; null where it is not read.</param>
    private sealed record Rule(string Name, Type? Type)
    {
        /// <summary>The only values that it may have; empty where it is read elsewhere or changes nothing.</summary>
        public long[] Allowed { get; init; } = [];

        /// <summary>First operator set that has it.</summary>
        public long First { get; init; } = 1;

        /// <summary>Last operator set that has it.</summary>
        public long Last { get; init; } = long.MaxValue;
    }
}
