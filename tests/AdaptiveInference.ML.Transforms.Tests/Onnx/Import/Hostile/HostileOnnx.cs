using System.Runtime.InteropServices;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using AdaptiveInference.ML.Transforms.Tests.Inference;
using Google.Protobuf;

namespace AdaptiveInference.ML.Transforms.Tests.Onnx.Import.Hostile;

/// <summary>Alters good ONNX files in every way that a graph, its weights and their encoding have a place for.</summary>
/// <param name="seed">The same seed gives the same files.</param>
internal sealed class HostileOnnx(int seed)
{
    private static readonly string[] Operators =
    [
        "Conv", "Relu", "Add", "Sum", "Sub", "Mul", "Div", "BatchNormalization", "MaxPool", "AveragePool", "GlobalAveragePool",
        "ReduceMean", "Flatten", "Reshape", "Squeeze", "Gemm", "MatMul", "Softmax", "Identity", "Dropout", "Cast", "Constant", "Shape",
        "Loop", "If", "",
    ];

    private static readonly string[] AttributeNames =
    [
        "kernel_shape", "strides", "pads", "dilations", "group", "auto_pad", "ceil_mode", "axes", "axis", "epsilon", "training_mode",
        "alpha", "beta", "transA", "transB", "keepdims", "value", "spatial", "",
    ];

    private static readonly long[] Numbers =
    [
        -1, 0, 1, 2, 3, 4, 7, 8, 1000, 1 << 20, int.MaxValue, 1L + int.MaxValue, 1L << 32, 1L << 62, long.MaxValue, long.MaxValue - 1,
        long.MinValue, -2, int.MinValue,
    ];

    private static readonly float[] Reals =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 3e38f, -3e38f, 1e30f, -1, 0, 1e-45f, -1e-45f, 1e-38f, 1e15f];

    private static readonly string[] ClassNames =
    [
        "", "[]", "[1,2]", "{}", """["a","b","c","d"]""", """["a","a","c","d"]""", """["\ud800","b","c","d"]""", """["","b","c","d"]""",
        """["\n","\u0000","\t"," "]""", new string('[', 100_000), $"""["{new string('n', 1 << 20)}","b","c","d"]""",
    ];

    private readonly IReadOnlyList<ModelProto> _models =
    [
        .. Styles.SelectMany(style => new[] { Small(style), Smaller(style) }),
    ];

    private static IEnumerable<ExportStyle> Styles =>
    [
        new(),
        new() { FoldsNorms = true, Average = "ReduceMean", Flat = "" },
        new() { IsCluttered = true, Normalises = true, UsesMatMul = true, EndsWithSoftmax = true },
        new() { Average = "ReduceMean18", Flat = "Reshape", Numbers = "float16", HasOpenSides = true },
        new() { Average = "AveragePool", Flat = "Squeeze", Numbers = "list", Epsilon = 1e-3f },
    ];

    /// <summary>The files as they are when nothing has been altered.</summary>
    public IEnumerable<byte[]> Originals => _models.Select(model => model.ToByteArray());

    /// <summary>One altered file and what was done to it.</summary>
    public (string What, byte[] File) Create(int number)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        var model = Pick(_models, random);
        var kind = random.Next(12);
        if (kind < 3)
        {
            return HostileOnnxBytes.Create(model.ToByteArray(), random);
        }

        if (kind == 3)
        {
            return HostileOnnxBombs.Create(model.Clone(), random);
        }

        model = model.Clone();
        List<string> done = [];
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            done.Add(kind switch
            {
                4 or 5 => Attribute(Pick(model.Graph.Node, random), random),
                6 => Node(model.Graph, random),
                7 => Names(model.Graph, random),
                8 => Shape(model.Graph, random),
                9 or 10 => Weights(model.Graph, random),
                _ => Frame(model, random),
            });
        }

        return (string.Join("; ", done), model.ToByteArray());
    }

    private static ModelProto Small(ExportStyle style) => TorchGraph.Of(
        new RandomNetwork(Spec(ResNetArchitecture.Cifar(8), new ImageShape(3, 12, 12)), 3), style);

    private static ModelProto Smaller(ExportStyle style) => TorchGraph.Of(
        new RandomNetwork(Spec(ResNetArchitecture.ImageNet([1]), new ImageShape(3, 20, 24)), 3), style);

    private static NetworkSpec Spec(ResNetArchitecture architecture, ImageShape image)
        => new() { Network = NetworkKind.ResNet, Architecture = architecture, Image = image, Classes = 4 };

    private static string Attribute(NodeProto node, Random random)
    {
        var attribute = node.Attribute.Count > 0 && random.Next(3) > 0
            ? Pick(node.Attribute, random)
            : new AttributeProto { Name = Pick(AttributeNames, random) };
        var name = $"{node.Name}.{attribute.Name}";
        switch (random.Next(9))
        {
            case 0:
                node.Attribute.Remove(attribute);
                return name + " removed";
            case 1:
                node.Attribute.Insert(0, attribute.Clone());
                return name + " twice";
            case 2:
                attribute.Type = (AttributeProto.Types.AttributeType)random.Next(-1, 12);
                break;
            case 3:
                attribute.F = Pick(Reals, random);
                break;
            case 4:
                attribute.S = ByteString.CopyFromUtf8(Pick(["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET", "", "\0", "same"], random));
                break;
            case 5:
                attribute.Ints.Clear();
                attribute.I = Pick(Numbers, random);
                break;
            case 6:
                attribute.T = new TensorProto { DataType = random.Next(20), Dims = { Pick(Numbers, random) } };
                break;
            default:
                attribute.Ints.Clear();
                attribute.Ints.AddRange(Enumerable.Range(0, random.Next(6)).Select(_ => Pick(Numbers, random)));
                break;
        }

        if (!node.Attribute.Contains(attribute))
        {
            node.Attribute.Add(attribute);
        }

        return $"{name} = {attribute}";
    }

    private static string Node(GraphProto graph, Random random)
    {
        var (node, at) = (Pick(graph.Node, random), random.Next(graph.Node.Count));
        switch (random.Next(6))
        {
            case 0:
                graph.Node.Remove(node);
                return node.Name + " removed";
            case 1:
                graph.Node.Insert(at, node.Clone());
                return $"{node.Name} again at {at}";
            case 2:
                graph.Node.Remove(node);
                graph.Node.Insert(Math.Min(at, graph.Node.Count), node);
                return $"{node.Name} moved to {at}";
            case 3:
                node.Domain = Pick(["ai.onnx", "ai.onnx.ml", "com.microsoft", "\n"], random);
                return $"{node.Name} of domain {node.Domain}";
            case 4:
                AttributeProto[] others = [.. Pick(graph.Node, random).Attribute.Select(attribute => attribute.Clone())];
                node.Attribute.Clear();
                node.Attribute.AddRange(others);
                return $"{node.Name} with the attributes of another";
            default:
                node.OpType = Pick(Operators, random);
                return $"{node.Name} is a {node.OpType}";
        }
    }

    // A value is read or made in another place: rings, aliases of themselves, outputs that are inputs.
    private static string Names(GraphProto graph, Random random)
    {
        var (node, other) = (Pick(graph.Node, random), Pick(graph.Node, random));
        string[] names = [.. other.Input, .. other.Output, .. node.Input, graph.Output[0].Name, graph.Input[0].Name, "", "nothing"];
        var name = Pick(names, random);
        var isInput = node.Input.Count > 0 && random.Next(2) == 0;
        var list = isInput ? node.Input : node.Output;
        var what = $"{node.Name}.{(isInput ? "input" : "output")}";
        switch (random.Next(4))
        {
            case 0:
                list.Add(name);
                return $"{what} and '{name}'";
            case 1 when list.Count > 0:
                list.RemoveAt(random.Next(list.Count));
                return what + " without one";
            case 2 when random.Next(4) == 0:
                graph.Output[0].Name = name;
                return $"output is '{name}'";
            default:
                list[random.Next(list.Count)] = name;
                return $"{what} is '{name}'";
        }
    }

    private static string Shape(GraphProto graph, Random random)
    {
        if (random.Next(2) == 0)
        {
            var sides = graph.Input[0].Type.TensorType.Shape.Dim;
            long[] choices = [.. Numbers, 1, 2, 5, 31, 64, 257, 1023, 4096, 4097];
            sides[random.Next(sides.Count)].DimValue = Pick(choices, random);
            return $"input {string.Join("×", sides.Select(side => side.DimValue))}";
        }

        var tensor = Pick(graph.Initializer, random);
        switch (random.Next(4))
        {
            case 0:
                tensor.Dims.Add(Pick(Numbers, random));
                break;
            case 1 when tensor.Dims.Count > 1:
                (tensor.Dims[0], tensor.Dims[1]) = (tensor.Dims[1], tensor.Dims[0]);
                break;
            case 2:
                tensor.Dims.RemoveAt(0);
                break;
            default:
                var at = random.Next(tensor.Dims.Count);
                tensor.Dims[at] = Pick([.. Numbers, tensor.Dims[at] + 1, tensor.Dims[at] * 2, tensor.Dims[at] / 2], random);
                break;
        }

        return $"{tensor.Name} of [{string.Join(", ", tensor.Dims)}]";
    }

    private static string Weights(GraphProto graph, Random random)
    {
        var tensor = Pick(graph.Initializer, random);
        switch (random.Next(7))
        {
            case 0:
                tensor.DataType = random.Next(-1, 24);
                return $"{tensor.Name} of type {tensor.DataType}";
            case 1:
                tensor.RawData = ByteString.CopyFrom(tensor.RawData.Span[..random.Next(tensor.RawData.Length + 1)]);
                return $"{tensor.Name} of {tensor.RawData.Length} bytes";
            case 2:
                tensor.FloatData.Add(Pick(Reals, random));
                return tensor.Name + " with a number more";
            case 3:
                tensor.DataLocation = (TensorProto.Types.DataLocation)random.Next(-1, 3);
                return $"{tensor.Name} at {tensor.DataLocation}";
            default:
                var numbers = tensor.RawData.IsEmpty
                    ? [.. tensor.FloatData]
                    : MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();
                if (numbers.Length == 0)
                {
                    return "nothing";
                }

                var (number, from) = (Pick(Reals, random), random.Next(numbers.Length));
                var count = random.Next(2) == 0 ? 1 : random.Next(1, numbers.Length - from + 1);
                numbers.AsSpan(from, count).Fill(number);
                if (tensor.RawData.IsEmpty)
                {
                    tensor.FloatData.Clear();
                    tensor.FloatData.AddRange(numbers);
                }
                else
                {
                    tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(numbers));
                }

                return $"{tensor.Name}: {count} times {number} from {from}";
        }
    }

    // What stands around the operators.
    private static string Frame(ModelProto model, Random random)
    {
        var graph = model.Graph;
        switch (random.Next(7))
        {
            case 0:
                model.OpsetImport.Add(new OperatorSetIdProto { Version = Pick(Numbers, random) });
                model.OpsetImport[0].Version = Pick(Numbers, random);
                return $"operator set {model.OpsetImport[0].Version}";
            case 1:
                model.OpsetImport.Clear();
                return "no operator set";
            case 2:
                model.MetadataProps.Add(new StringStringEntryProto { Key = "class_names", Value = Pick(ClassNames, random) });
                return "class names";
            case 3:
                graph.Input.Add(graph.Input[0].Clone());
                return "input twice";
            case 4:
                graph.Output.Clear();
                return "no output";
            case 5:
                graph.Input[0].Type.TensorType = random.Next(2) == 0 ? null : new TypeProto.Types.Tensor { ElemType = random.Next(20) };
                return "input of no type";
            default:
                var tensor = Pick(graph.Initializer, random);
                graph.Initializer.Remove(tensor);
                if (random.Next(2) == 0)
                {
                    graph.Input.Add(new ValueInfoProto { Name = tensor.Name });
                }

                return tensor.Name + " is not there";
        }
    }

    private static T Pick<T>(IReadOnlyList<T> choices, Random random) => choices[random.Next(choices.Count)];

    private static long Pick(long[] choices, Random random) => choices[random.Next(choices.Length)];
}
