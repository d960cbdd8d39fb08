using System.Runtime.InteropServices;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using AdaptiveInference.ML.Transforms.Tests.Inference;
using AdaptiveInference.ML.Transforms.Tests.PyTorch;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using AdaptiveInference.ML.Transforms.Architectures;
using Google.Protobuf;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Tests.Onnx.Import;

/// <summary>What is no plain residual network is refused at the first operator that does not belong there, by name and reason.</summary>
[TestClass]
public sealed class RefusedOnnxTests
{
    private const string Start = "holds no residual network that can be imported: ";

    private readonly MLContext _context = new(1);

    public static IEnumerable<object[]> Graphs =>
    [
        Case(
            "huge images", g => g.Input[0].Type.TensorType.Shape.Dim[3].DimValue = 5000,
            Start + "its input 'input.1' is of no size that images can have (image shape must have 1 to 1024 channels and sides of 1 to "
            + "4096 pixels, got 3×40×5000)."),
        Case(
            "groups", g => Set(Conv(g, 1), "group", 2),
            "node 'Conv_10' (Conv) has 2 groups, and plain residual networks have one"),
        Case(
            "dilations", g => Conv(g, 1).Attribute.Add(Ints("dilations", 2, 2)),
            "node 'Conv_10' (Conv) is dilated by [2, 2], which is not supported."),
        Case(
            "strides", g => SetAll(Conv(g, 1), "strides", 3, 3),
            "node 'Conv_10' (Conv) has strides [3, 3]; 1 or 2 in both directions is supported."),
        Case(
            "stride elsewhere", g => SetAll(Conv(g, 1), "strides", 2, 2),
            "has a stride of 2, where 1 is expected (layer1.0.conv1)."),
        Case(
            "padding", g => SetAll(Conv(g, 1), "pads", 0, 1, 1, 1),
            "node 'Conv_10' (Conv) is padded by [0, 1, 1, 1], where [1, 1, 1, 1] or what comes to the same is expected."),
        Case(
            "padding of its own", g => Pad(g, 1),
            "node 'extra' (Pad) follows"),
        Case(
            "stem of too few channels", g => Weight(g, 0).Dims[0] = 60,
            "node 'Conv_1' (Conv) is a stem of 60 channels; a multiple of 8 from 8 to 256 is expected."),
        Case(
            "activation", g => Relu(g, 1).OpType = "Sigmoid",
            "(Sigmoid) stands in a residual branch, which is made of convolutions, batch-norms and ReLUs."),
        Case(
            "activation after sum", g => Relu(g, 2).OpType = "Elu",
            "(Elu) follows node 'Add_"),
        Case(
            "transposed convolution", g => Conv(g, 0).OpType = "ConvTranspose",
            "(ConvTranspose) stands where a convolution is expected."),
        Case(
            "domain", g => Conv(g, 1).Domain = "com.microsoft",
            "(com.microsoft.Conv) is of a domain that is not ONNX's own."),
        Case(
            "graph inside", g => Relu(g, 0).Attribute.Add(new AttributeProto { Name = "then_branch", G = new GraphProto() }),
            "has a graph inside: networks with gates or exits, or loops, cannot be imported."),
        Case(
            "two inputs", g => g.Input.Add(new ValueInfoProto { Name = "other" }),
            "it has 2 inputs, and one of images is expected."),
        Case(
            "vector input", g => g.Input[0].Type.TensorType.Shape.Dim.RemoveAt(3),
            "its input 'input.1' has 3 dimensions; images have four: number, channels, height, width."),
        Case(
            "external weights", g => Weight(g, 0).DataLocation = TensorProto.Types.DataLocation.External,
            "is stored in a file of its own. Save the model with its weights inside (save_as_external_data=False)."),
        Case(
            "short weights", g => Weight(g, 0).RawData = ByteString.CopyFrom(new byte[8]),
            "holds 8 bytes, and its shape [64, 3, 7, 7] needs 37632."),
        Case(
            "weights of integers", g => Weight(g, 0).DataType = 6,
            "holds numbers of type 6; float, float16 and double can be read."),
        Case(
            "huge weights", g => Weight(g, 0).Dims[0] = long.MaxValue,
            "has weights of shape [9223372036854775807, 3, 7, 7]; outputs, inputs, height and width are expected."),
        Case(
            "negative weights", g => Weight(g, 0).Dims[0] = -1,
            "has weights of shape [-1, 3, 7, 7]; outputs, inputs, height and width are expected."),
        Case(
            "sparse", g => g.SparseInitializer.Add(new SparseTensorProto()),
            "it has sparse weights, which cannot be read."),
        Case(
            "variance", Negative,
            "which must be above 0 together."),
        Case(
            "average over a part", g => Last(g, "GlobalAveragePool").OpType = "GlobalMaxPool",
            "(GlobalMaxPool) stands behind a residual block: another block or an average over the whole map is expected."),
        Case(
            "more behind the end", After,
            "(Sigmoid) stands behind the end of the network"),
        Case(
            "scaled classifier", g => Last(g, "Gemm").Attribute.Add(new AttributeProto { Name = "alpha", F = 2 }),
            "scales or transposes what it adds up, which is not supported."),
        Case(
            "other widths", Wide,
            "is expected (layer1.0.conv1)."),
        Case(
            "nothing", g => Conv(g, 0).Input[0] = Conv(g, 0).Input[1],
            "no operator computes with 'input.1'."),
        Case(
            "weights that are no numbers", g => Fill(Weight(g, 2), float.NaN),
            "that holds NaN; finite numbers in single precision are expected."),
        Case(
            "infinite classifier", g => Fill(g.Initializer[^1], float.PositiveInfinity),
            "that holds Infinity; finite numbers in single precision are expected."),
        Case(
            "scale beyond single precision", Steep,
            "has a mean, scale or variance that is too large for single precision."),
        Case(
            "ring of blocks", g => Last(g, "Relu").Output[0] = Last(g, "MaxPool").Output[0],
            ", which is there already."),
        Case(
            "ring of one operator", g => Last(g, "Flatten").Output[0] = Last(g, "Flatten").Input[0],
            ", which is there already."),
        Case(
            "ring through a second input", Ring,
            "node 'first' (Add) computes with 'later', which nothing before it makes."),
        Case(
            "operator behind its consumer", g => (g.Node[0], g.Node[1]) = (g.Node[1], g.Node[0]),
            "(BatchNormalization) computes with '/value/1', which nothing before it makes."),
        Case(
            "identity of itself", g => g.Node.Insert(0, Node("Identity", "self", ["self"], "self")),
            "node 'self' (Identity) computes with 'self', which nothing before it makes."),
        Case(
            "two weights of one name", g => g.Initializer.Add(g.Initializer[0].Clone()),
            "it has two weights named 'onnx::weight_"),
        Case(
            "pads beyond all numbers", g => SetAll(Conv(g, 1), "pads", 1, 1, long.MaxValue, long.MinValue),
            "is padded by [1, 1, 9223372036854775807, -9223372036854775808], where [1, 1, 1, 1] or what comes to the same is expected."),
        Case(
            "window larger than the map", g => Image(g, 1, [3, 3, 2, 2]),
            "is padded by [3, 3, 2, 2], where [3, 3, 3, 3] or what comes to the same is expected."),
        Case(
            "name of a megabyte", g => (Conv(g, 1).Name, Conv(g, 1).OpType) = (new string('n', 1 << 20), "A\nB"),
            new string('n', 200) + "…' (A?B) stands"),
        Case(
            "shape of many sides", g => Weight(g, 0).Dims.AddRange(Enumerable.Repeat(1L, 10_000)),
            "has weights of shape [64, 3, 7, 7, 1, 1, 1, 1, …]; outputs, inputs, height and width are expected."),
        Case(
            "thousands of stages", Stairs,
            "holds no residual network that can be imported: an ImageNet ResNet has 1 to 6 stages"),
    ];

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void ImportOnnx_GraphThatIsNone_IsRefusedByNameAndReason(string name, object change, string message)
    {
        var model = TorchGraph.Of(Network(), new ExportStyle());
        ((Action<GraphProto>)change)(model.Graph);

        var error = Assert.ThrowsExactly<FormatException>(() => Import(model.ToByteArray()), name);

        Assert.Contains(Start, error.Message);
        Assert.Contains(message, error.Message);
    }

    [TestMethod]
    public void ImportOnnx_OwnExportWithGates_SaysWhatCannotBeImported()
    {
        using var stream = new MemoryStream();
        TestModels.Transformer(context: _context).ExportToOnnx(stream);

        Assert.Contains(
            "has a graph inside: networks with gates or exits, or loops, cannot be imported.",
            Assert.ThrowsExactly<FormatException>(() => Import(stream.ToArray())).Message);
    }

    [TestMethod]
    [DataRow("", "is empty. Copy or download it again.")]
    [DataRow("<html>not found</html>", "is not a complete ONNX model: it ")]
    [DataRow("\u0008\u0008", "is not a complete ONNX model: it has no graph.")]
    public void ImportOnnx_NoOnnxFile_IsRefused(string text, string message)
        => Assert.Contains(message, Assert.ThrowsExactly<FormatException>(() => Import(System.Text.Encoding.UTF8.GetBytes(text))).Message);

    [TestMethod]
    public void ImportOnnx_FileCutOff_SaysSo()
    {
        var bytes = TorchGraph.Of(Network(), new ExportStyle()).ToByteArray();

        Assert.Contains(
            "it ends in the middle: copy or download it again.",
            Assert.ThrowsExactly<FormatException>(() => Import(bytes[..(bytes.Length / 2)])).Message);
    }

    [TestMethod]
    public void ImportOnnx_MillionsOfEmptyNodes_AreCountedBeforeTheyAreMade()
    {
        // A graph of two-byte nodes: ten megabytes that would be a gigabyte of objects.
        const int nodes = 5_000_000;
        var bytes = new MemoryStream();
        var output = new CodedOutputStream(bytes);
        output.WriteTag(7, WireFormat.WireType.LengthDelimited);
        output.WriteLength(2 * nodes);
        for (var i = 0; i < nodes; i++)
        {
            output.WriteTag(1, WireFormat.WireType.LengthDelimited);
            output.WriteLength(0);
        }

        output.Flush();
        var file = bytes.ToArray();
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("nodes.onnx"), file);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.ThrowsExactly<FormatException>(() => _context.Model.ImportOnnx(folder.File("nodes.onnx")));

        Assert.Contains("it has more than 500000 fields", error.Message);
        Assert.IsLessThan(1 << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Ten megabytes of axes in a byte each, which would be eighty in memory.</summary>
    [TestMethod]
    [DataRow("axes")]
    [DataRow("dims")]
    [DataRow("integers")]
    public void ImportOnnx_MillionsOfWholeNumbers_AreCountedBeforeTheyAreRead(string kind)
    {
        var model = TorchGraph.Of(Network(), new ExportStyle());
        var numbers = Enumerable.Repeat(1L, 10_000_000);
        if (kind == "axes")
        {
            Conv(model.Graph, 0).Attribute[0].Ints.AddRange(numbers);
        }
        else
        {
            (kind == "dims" ? Weight(model.Graph, 0).Dims : Weight(model.Graph, 0).Int64Data).AddRange(numbers);
        }

        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("numbers.onnx"), model.ToByteArray());
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.ThrowsExactly<FormatException>(() => _context.Model.ImportOnnx(folder.File("numbers.onnx")));

        Assert.Contains("it has more than 500000 fields", error.Message);
        Assert.IsLessThan(1 << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void ImportOnnx_WeightsThatOverflow_NamesTheFile()
    {
        var model = TorchGraph.Of(Network(), new ExportStyle());
        Fill(Weight(model.Graph, 0), 3e38f);
        Fill(Weight(model.Graph, 1), 3e38f);

        var error = Assert.ThrowsExactly<FormatException>(() => Import(model.ToByteArray()));

        Assert.Contains("network.onnx' cannot be used: the network has no finite answer even for a black image: its", error.Message);
    }

    [TestMethod]
    public void ImportOnnx_ImagesLargerThanTheLimits_NamesTheFile()
    {
        var model = TorchGraph.Of(Network(), new ExportStyle { HasOpenSides = true });

        var error = Assert.Throws<ArgumentException>(
            () => Import(model.ToByteArray(), new OnnxImportOptions { ImageShape = new ImageShape(3, 4096, 4096) }));

        Assert.Contains("network.onnx' asks for too much: ResNet-6 (ImageNet, blocks [1, 1]) for images of 3×4096×4096", error.Message);
    }

    [TestMethod]
    public void ImportOnnx_OptionsThatDoNotGoWithTheFile_ListsAll()
    {
        var options = new OnnxImportOptions
        {
            ImageShape = new ImageShape(1, 40, 40),
            ClassNames = ["a", "a"],
            ChannelMean = [1],
            ChannelStandardDeviation = [1, 0, 1],
            Resizing = (Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind)9,
            ScoreColumnName = "",
        };

        var error = Assert.ThrowsExactly<ArgumentException>(
            () => Import(TorchGraph.Of(Network(), new ExportStyle()).ToByteArray(), options));

        Assert.StartsWith(
            "The import options are not usable. ImageShape must have the 3 channels of the file, got 1×40×40. ", error.Message);
        Assert.Contains("ClassNames must hold a name for each of the 5 outputs of the file, got 2.", error.Message);
        Assert.Contains("ClassNames must differ, got 'a' 2 times.", error.Message);
        Assert.Contains("Resizing must be Fill, IsoCrop or IsoPad, got 9.", error.Message);
        Assert.Contains("ChannelMean must hold one finite value for each of the 3 channels, got [1].", error.Message);
        Assert.Contains("ChannelStandardDeviation must hold one positive value for each of the 3 channels, got [1, 0, 1].", error.Message);
    }

    private static object[] Case(string name, Action<GraphProto> change, string message) => [name, change, message];

    private static RandomNetwork Network() => new(
        new NetworkSpec
        {
            Network = NetworkKind.ResNet,
            Architecture = ResNetArchitecture.ImageNet([1, 1]),
            Image = new ImageShape(3, 40, 40),
            Classes = 5,
        },
        11);

    private GatedResNetTransformer Import(byte[] bytes, OnnxImportOptions? options = null)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("network.onnx"), bytes);
        return _context.Model.ImportOnnx(folder.File("network.onnx"), options);
    }

    private static NodeProto Conv(GraphProto graph, int number) => graph.Node.Where(node => node.OpType == "Conv").ElementAt(number);

    private static NodeProto Relu(GraphProto graph, int number) => graph.Node.Where(node => node.OpType == "Relu").ElementAt(number);

    private static NodeProto Last(GraphProto graph, string type) => graph.Node.Last(node => node.OpType == type);

    private static TensorProto Weight(GraphProto graph, int number)
        => graph.Initializer.Single(tensor => tensor.Name == Conv(graph, number).Input[1]);

    private static void Set(NodeProto node, string name, long value)
        => node.Attribute.Single(attribute => attribute.Name == name).I = value;

    private static void SetAll(NodeProto node, string name, params long[] values)
    {
        var attribute = node.Attribute.Single(attribute => attribute.Name == name);
        attribute.Ints.Clear();
        attribute.Ints.AddRange(values);
    }

    private static AttributeProto Ints(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    private static void Negative(GraphProto graph)
    {
        var variance = graph.Initializer.Single(tensor => tensor.Name == Last(graph, "BatchNormalization").Input[4]);
        variance.RawData = ByteString.CopyFrom([.. BitConverter.GetBytes(-1f), .. variance.RawData.Span[4..]]);
    }

    // In front of the ReLU behind the first convolution.
    private static void Pad(GraphProto graph, int width)
    {
        var relu = Relu(graph, 0);
        var pad = Node("Pad", "extra", [relu.Input[0], "widths"], "padded");
        graph.Initializer.Insert(
            0, new TensorProto { Name = "widths", DataType = 7, Dims = { 8 }, Int64Data = { 0, 0, 0, width, 0, 0, 0, 0 } });
        graph.Node.Insert(graph.Node.IndexOf(relu), pad);
        relu.Input[0] = "padded";
    }

    private static void After(GraphProto graph)
    {
        graph.Node.Add(Node("Sigmoid", "extra", [graph.Output[0].Name], "end"));
        graph.Output[0].Name = "end";
    }

    private static void Fill(TensorProto tensor, float number)
    {
        var numbers = new float[tensor.RawData.Length / sizeof(float)];
        Array.Fill(numbers, number);
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(numbers));
    }

    // Variance and epsilon are next to nothing together, and the scale is large already.
    private static void Steep(GraphProto graph)
    {
        var norm = Last(graph, "BatchNormalization");
        norm.Attribute.Single(attribute => attribute.Name == "epsilon").F = 1e-30f;
        Fill(graph.Initializer.Single(tensor => tensor.Name == norm.Input[1]), 1e30f);
        Fill(graph.Initializer.Single(tensor => tensor.Name == norm.Input[4]), 0);
    }

    // input → Add → Mul → back into the Add: every value is made once, and a walk along it would not end.
    private static void Ring(GraphProto graph)
    {
        Conv(graph, 0).Input[0] = "elsewhere";
        graph.Node.Insert(0, Node("Add", "first", ["input.1", "later"], "sum"));
        graph.Node.Insert(1, Node("Mul", "second", ["sum", graph.Initializer[0].Name], "later"));
    }

    private static void Image(GraphProto graph, int side, long[] pads)
    {
        var sides = graph.Input[0].Type.TensorType.Shape.Dim;
        (sides[2].DimValue, sides[3].DimValue) = (side, side);
        SetAll(Conv(graph, 0), "pads", pads);
    }

    // Two thousand blocks, each of which halves the map.
    private static void Stairs(GraphProto graph)
    {
        var at = graph.Node.IndexOf(Last(graph, "GlobalAveragePool"));
        var (x, weight, nodes) = (graph.Node[at].Input[0], Weight(graph, 1).Name, new List<NodeProto>());
        for (var block = 0; block < 2000; block++)
        {
            var first = Node("Conv", "", [x, weight], $"s{block}a");
            first.Attribute.Add(Ints("strides", 2, 2));
            nodes.AddRange(
            [
                first, Node("Relu", "", [$"s{block}a"], $"s{block}b"), Node("Conv", "", [$"s{block}b", weight], $"s{block}c"),
                Node("Add", "", [$"s{block}c", x], $"s{block}d"), Node("Relu", "", [$"s{block}d"], $"s{block}e"),
            ]);
            x = $"s{block}e";
        }

        graph.Node[at].Input[0] = x;
        NodeProto[] behind = [.. graph.Node.Skip(at)];
        while (graph.Node.Count > at)
        {
            graph.Node.RemoveAt(at);
        }

        graph.Node.AddRange(nodes.Concat(behind));
    }

    private static NodeProto Node(string type, string name, string[] inputs, string output)
    {
        var node = new NodeProto { OpType = type, Name = name };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        return node;
    }

    // A network of the same form with twice as many channels in its first block.
    private static void Wide(GraphProto graph)
    {
        var weight = Weight(graph, 1);
        weight.Dims[0] = 128;
        weight.RawData = ByteString.CopyFrom(new byte[128 * 64 * 9 * 4]);
    }
}
