using System.Buffers.Binary;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using AdaptiveInference.ML.Transforms.Tests.Inference;
using Google.Protobuf;
using DataType = AdaptiveInference.ML.Transforms.Onnx.Protobuf.TensorProto.Types.DataType;

namespace AdaptiveInference.ML.Transforms.Tests.Onnx.Import;

/// <summary>How an exporter writes down a residual network.</summary>
public sealed record ExportStyle
{
    /// <summary>Whether batch-norms are folded into the convolutions, which then have biases.</summary>
    public bool FoldsNorms { get; init; }

    /// <summary>Whether convolutions have a bias in front of their batch-norm, as MXNet's.</summary>
    public bool HasBiasBeforeNorm { get; init; }

    /// <summary>Batch-norms' epsilon.</summary>
    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>GlobalAveragePool, AveragePool, ReduceMean or ReduceMean18 (axes as an input).</summary>
    public string Average { get; init; } = "GlobalAveragePool";

    /// <summary>Flatten, Reshape, Squeeze or nothing.</summary>
    public string Flat { get; init; } = "Flatten";

    public bool UsesMatMul { get; init; }

    /// <summary>float, float16 or double, or list: float as a list of numbers.</summary>
    public string Numbers { get; init; } = "float";

    /// <summary>Whether padding is what CNTK writes for even sides: as much before the map, less behind it.</summary>
    public bool PadsLessBehind { get; init; }

    /// <summary>Whether shortcuts come before branches, and operators that change nothing between.</summary>
    public bool IsCluttered { get; init; }

    public bool EndsWithSoftmax { get; init; }

    /// <summary>Whether the graph ends with the features.</summary>
    public bool HasNoClassifier { get; init; }

    public bool HasOpenSides { get; init; }

    /// <summary>Whether pixels are normalised in the graph.</summary>
    public bool Normalises { get; init; }
}

/// <summary>Writes a random residual network as other exporters do, independently of the library's own exporter.</summary>
internal sealed class TorchGraph
{
    private readonly RandomNetwork _network;
    private readonly ExportStyle _style;
    private readonly GraphProto _graph = new() { Name = "torch_jit" };
    private int _number;

    private TorchGraph(RandomNetwork network, ExportStyle style) => (_network, _style) = (network, style);

    public static ModelProto Of(RandomNetwork network, ExportStyle style)
    {
        var graph = new TorchGraph(network, style);
        graph.Build();
        var model = new ModelProto { IrVersion = 8, ProducerName = "pytorch", Graph = graph._graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = style.Average == "ReduceMean18" ? 18 : 13 });
        return model;
    }

    private void Build()
    {
        var (plan, image) = (_network.Plan, _network.Plan.Spec.Image);
        _graph.Input.Add(
            Value("input.1", 0, image.Channels, _style.HasOpenSides ? 0 : image.Height, _style.HasOpenSides ? 0 : image.Width));
        var x = "input.1";
        if (_style.Normalises)
        {
            x = Node("Div", [x, Constant([255], "float")]);
            x = Node("Sub", [x, Constant([0.485f, 0.456f, 0.406f], "float", 1, 3, 1, 1)]);
            x = Node("Mul", [x, Constant([4, 4.5f, 4.4f], "float", 1, 3, 1, 1)]);
            x = Node("Add", [Constant([0.25f], "float"), x]);
        }

        x = Node("Relu", [Convolution(x, plan.Stem.Convolution)]);
        if (plan.Stem.Pool is { } pool)
        {
            x = Node(
                "MaxPool", [x], Ints("kernel_shape", pool.Window, pool.Window), Ints("strides", pool.Stride, pool.Stride),
                Pads(1, plan.Stem.Convolution.OutHeight, plan.Stem.Convolution.OutWidth, pool.Stride));
        }

        foreach (var block in plan.Blocks)
        {
            x = Block(x, block);
        }

        Head(x, plan);
    }

    private string Block(string x, ResidualBlock block)
    {
        var early = _style.IsCluttered ? Shortcut(x, block) : null;
        var y = x;
        for (var i = 0; i < block.Body.Count; i++)
        {
            y = Convolution(y, block.Body[i]);
            y = i < block.Body.Count - 1 ? Node("Relu", [y]) : y;
        }

        var shortcut = early ?? Shortcut(x, block);
        return Node("Relu", [_style.IsCluttered ? Node("Dropout", [Node("Add", [shortcut, y])]) : Node("Add", [y, shortcut])]);
    }

    private string Shortcut(string x, ResidualBlock block)
        => block.Projection is { } projection ? Convolution(x, projection) : _style.IsCluttered ? Node("Identity", [x]) : x;

    private void Head(string x, BlockPlan plan)
    {
        var (last, channels) = (plan.Blocks[^1], plan.FeatureChannels);
        x = _style.Average switch
        {
            "ReduceMean" => Node("ReduceMean", [x], Ints("axes", -1, -2), Int("keepdims", _style.Flat.Length > 0 ? 1 : 0)),
            "ReduceMean18" => Node("ReduceMean", [x, Integers(2, 3)], Int("keepdims", _style.Flat.Length > 0 ? 1 : 0)),
            "AveragePool" => Node("AveragePool", [x], Ints("kernel_shape", last.OutHeight, last.OutWidth)),
            _ => Node("GlobalAveragePool", [x]),
        };
        x = _style.Flat switch
        {
            "Flatten" => Node("Flatten", [x], Int("axis", 1)),
            "Reshape" => Node("Reshape", [x, Integers(-1, channels)]),
            "Squeeze" => Node("Squeeze", [x, Integers(2, 3)]),
            _ => x,
        };
        if (_style.HasNoClassifier)
        {
            _graph.Output.Add(Value(x, 0, channels));
            return;
        }

        if (_style.UsesMatMul)
        {
            var (weight, classes) = (_network.Weights["fc.weight"].ToArray(), plan.Spec.Classes);
            float[] turned =
            [
                .. from feature in Enumerable.Range(0, channels)
                   from c in Enumerable.Range(0, classes)
                   select weight[(c * channels) + feature],
            ];
            var bias = Constant(_network.Weights["fc.bias"].ToArray(), null);
            x = Node("Add", [bias, Node("MatMul", [x, Constant(turned, null, channels, classes)])]);
        }
        else
        {
            x = Node(
                "Gemm",
                [
                    x,
                    Constant(_network.Weights["fc.weight"].ToArray(), null, plan.Spec.Classes, channels),
                    Constant(_network.Weights["fc.bias"].ToArray(), null),
                ],
                Int("transB", 1));
        }

        x = _style.EndsWithSoftmax ? Node("Softmax", [x], Int("axis", 1)) : x;
        _graph.Output.Add(Value(x, 0, plan.Spec.Classes));
    }

    private string Convolution(string x, ConvolutionSpec layer)
    {
        var weight = _network.Weights[layer.Name + ".weight"].ToArray();
        var (gamma, beta) = (Norm(layer, "weight"), Norm(layer, "bias"));
        var (mean, variance) = (Norm(layer, "running_mean"), Norm(layer, "running_var"));
        var bias = new float[layer.Outputs];
        var taps = weight.Length / layer.Outputs;
        if (_style.FoldsNorms)
        {
            for (var output = 0; output < layer.Outputs; output++)
            {
                var scale = gamma[output] / Math.Sqrt(variance[output] + 1e-5);
                bias[output] = (float)(beta[output] - (mean[output] * scale));
                for (var tap = 0; tap < taps; tap++)
                {
                    weight[(output * taps) + tap] = (float)(weight[(output * taps) + tap] * scale);
                }
            }
        }
        else if (_style.HasBiasBeforeNorm)
        {
            for (var output = 0; output < layer.Outputs; output++)
            {
                (bias[output], mean[output]) = (0.5f, mean[output] + 0.5f);
            }
        }

        List<string> inputs = [x, Constant(weight, null, layer.Outputs, layer.Inputs, layer.Kernel, layer.Kernel)];
        if (_style.FoldsNorms || _style.HasBiasBeforeNorm)
        {
            inputs.Add(Constant(bias, null));
        }

        List<AttributeProto> attributes =
            [Ints("kernel_shape", layer.Kernel, layer.Kernel), Ints("strides", layer.Stride, layer.Stride), Int("group", 1)];
        if (layer.Padding > 0)
        {
            attributes.Add(Pads(layer.Padding, layer.InHeight, layer.InWidth, layer.Stride));
        }

        var y = Node("Conv", inputs, [.. attributes]);
        if (_style.FoldsNorms)
        {
            return y;
        }

        // The same norm with another epsilon.
        float[] variances = [.. variance.Select(value => (float)(value + 1e-5 - _style.Epsilon))];
        return Node(
            "BatchNormalization", [y, Constant(gamma, null), Constant(beta, null), Constant(mean, null), Constant(variances, null)],
            new AttributeProto { Name = "epsilon", F = _style.Epsilon, Type = AttributeProto.Types.AttributeType.Float });
    }

    private float[] Norm(ConvolutionSpec layer, string part) => _network.Weights[$"{layer.Norm.Name}.{part}"].ToArray();

    private AttributeProto Pads(int padding, int height, int width, int stride)
    {
        var less = _style.PadsLessBehind && stride == 2 ? 1 : 0;
        return Ints("pads", padding, padding, padding - (height % 2 == 0 ? less : 0), padding - (width % 2 == 0 ? less : 0));
    }

    private string Node(string type, IEnumerable<string> inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type, Name = $"{type}_{_number}" };
        node.Input.AddRange(inputs);
        node.Output.Add($"/value/{_number++}");
        node.Attribute.AddRange(attributes);
        _graph.Node.Add(node);
        return node.Output[0];
    }

    private string Constant(float[] values, string? numbers, params int[] shape)
    {
        numbers ??= _style.Numbers;
        var tensor = new TensorProto { Name = $"onnx::weight_{_number++}" };
        tensor.Dims.AddRange((shape.Length == 0 ? [values.Length] : shape).Select(side => (long)side));
        switch (numbers)
        {
            case "list":
                tensor.DataType = (int)DataType.Float;
                tensor.FloatData.AddRange(values);
                break;
            case "double":
                tensor.DataType = (int)DataType.Double;
                tensor.RawData = Bytes(values, sizeof(double), (bytes, value) => BinaryPrimitives.WriteDoubleLittleEndian(bytes, value));
                break;
            case "float16":
                tensor.DataType = (int)DataType.Float16;
                tensor.RawData = Bytes(
                    values, sizeof(ushort), (bytes, value) => BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value));
                break;
            default:
                tensor.DataType = (int)DataType.Float;
                tensor.RawData = Bytes(values, sizeof(float), BinaryPrimitives.WriteSingleLittleEndian);
                break;
        }

        _graph.Initializer.Add(tensor);
        return numbers is "double" or "float16" ? Node("Cast", [tensor.Name], Int("to", (int)DataType.Float)) : tensor.Name;
    }

    private string Integers(params int[] values)
    {
        var tensor = new TensorProto { DataType = (int)DataType.Int64 };
        tensor.Dims.Add(values.Length);
        tensor.Int64Data.AddRange(values.Select(value => (long)value));
        return Node("Constant", [], new AttributeProto { Name = "value", T = tensor, Type = AttributeProto.Types.AttributeType.Tensor });
    }

    private static ByteString Bytes(float[] values, int size, WriteNumber write)
    {
        var bytes = new byte[values.Length * size];
        for (var i = 0; i < values.Length; i++)
        {
            write(bytes.AsSpan(i * size, size), values[i]);
        }

        return ByteString.CopyFrom(bytes);
    }

    private static AttributeProto Int(string name, int value)
        => new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    private static AttributeProto Ints(string name, params int[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values.Select(value => (long)value));
        return attribute;
    }

    private static ValueInfoProto Value(string name, params int[] sides)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(sides.Select((side, i) => side == 0
            ? new TensorShapeProto.Types.Dimension { DimParam = $"side{i}" } : new TensorShapeProto.Types.Dimension { DimValue = side }));
        return new ValueInfoProto
        {
            Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = shape } },
        };
    }

    private delegate void WriteNumber(Span<byte> bytes, float value);
}
