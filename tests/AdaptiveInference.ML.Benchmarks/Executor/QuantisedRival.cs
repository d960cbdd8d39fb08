using System.Buffers.Binary;
using AdaptiveInference.ML.Transforms.Onnx;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using Google.Protobuf;

namespace AdaptiveInference.ML.Benchmarks.Executor;

/// <summary>
/// A dense network as tools for static quantisation write it for ONNX Runtime (QDQ, unsigned by signed): every value between convolutions
/// is quantised and dequantised, so are weights, by output, and biases, in 32 bits. Scales are any: they change no time.
/// </summary>
internal static class QuantisedRival
{
    private const float Step = 0.02f;
    private const float WeightStep = 0.001f;

    public static ModelProto Of(ModelProto dense)
    {
        var model = dense.Clone();
        var graph = model.Graph;
        var nodes = graph.Node.ToList();
        graph.Node.Clear();
        var quantised = new Dictionary<string, string>();
        foreach (var node in nodes)
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = quantised.GetValueOrDefault(node.Input[i], node.Input[i]);
            }

            if (node.OpType == "Conv")
            {
                var outputs = (int)graph.Initializer.Single(tensor => tensor.Name == node.Input[1]).Dims[0];
                node.Input[1] = Weights(graph, node.Input[1], TensorProto.Types.DataType.Int8, WeightStep, outputs);
                node.Input[2] = Weights(graph, node.Input[2], TensorProto.Types.DataType.Int32, Step * WeightStep, outputs);
            }

            graph.Node.Add(node);
            if (IsQuantised(node, nodes))
            {
                // Behind a ReLU no number below 0 is needed.
                byte zero = (byte)(node.OpType is "Relu" or "MaxPool" ? 0 : 128);
                string[] meaning =
                [
                    Constant(graph, node.Output[0] + "_scale", TensorProto.Types.DataType.Float, BitConverter.GetBytes(Step)),
                    Constant(graph, node.Output[0] + "_zero", TensorProto.Types.DataType.Uint8, [zero]),
                ];
                var bytes = Node(graph, "QuantizeLinear", [node.Output[0], .. meaning]);
                quantised[node.Output[0]] = Node(graph, "DequantizeLinear", [bytes, .. meaning]);
            }
        }

        return model;
    }

    // A ReLU becomes one with what stands before it.
    private static bool IsQuantised(NodeProto node, List<NodeProto> nodes)
        => node.OpType is "Div" or "Relu" or "MaxPool"
            || (node.OpType is "Conv" or "Add" && !nodes.Any(next => next.OpType == "Relu" && next.Input.Contains(node.Output[0])));

    private static string Weights(GraphProto graph, string name, TensorProto.Types.DataType type, float step, int outputs)
    {
        var tensor = graph.Initializer.Single(tensor => tensor.Name == name);
        var floats = tensor.RawData.Span;
        var values = new byte[tensor.Dims.Aggregate(1L, (a, b) => a * b) * (type == TensorProto.Types.DataType.Int8 ? 1 : sizeof(int))];
        for (var i = 0; i < floats.Length / sizeof(float); i++)
        {
            var value = BinaryPrimitives.ReadSingleLittleEndian(floats[(i * sizeof(float))..]) / step;
            if (type == TensorProto.Types.DataType.Int8)
            {
                values[i] = (byte)(sbyte)Math.Clamp(value, -127, 127);
            }
            else
            {
                BinaryPrimitives.WriteInt32LittleEndian(values.AsSpan(i * sizeof(int)), (int)value);
            }
        }

        tensor.DataType = (int)type;
        tensor.RawData = ByteString.CopyFrom(values);
        var steps = Enumerable.Repeat(step, outputs).SelectMany(BitConverter.GetBytes).ToArray();
        var scale = Constant(graph, name + "_scale", TensorProto.Types.DataType.Float, steps, outputs);
        var zeros = new byte[outputs * (type == TensorProto.Types.DataType.Int8 ? 1 : sizeof(int))];
        var zero = Constant(graph, name + "_zero", type, zeros, outputs);
        return Node(graph, "DequantizeLinear", [name, scale, zero], OnnxGraph.Attribute("axis", 0L));
    }

    private static string Constant(GraphProto graph, string name, TensorProto.Types.DataType type, byte[] values, params int[] shape)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(values) };
        tensor.Dims.AddRange(shape.Select(size => (long)size));
        graph.Initializer.Add(tensor);
        return name;
    }

    private static string Node(GraphProto graph, string type, string[] inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { Name = $"{inputs[0]}_{type}", OpType = type };
        node.Input.AddRange(inputs);
        node.Output.Add(node.Name);
        node.Attribute.AddRange(attributes);
        graph.Node.Add(node);
        return node.Name;
    }
}
