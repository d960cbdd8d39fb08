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
        Case("groups", g => Set(Conv(g, 1), "group", 2), "node 'Conv_10' (Conv) has 2 groups, and plain residual networks have one"),
        Case("dilations", g => Conv(g, 1).Attribute.Add(Ints("dilations", 2, 2)), "node 'Conv_10' (Conv) is dilated by [2, 2], which is not supported."),
        Case("strides", g => SetAll(Conv(g, 1), "strides", 3, 3), "node 'Conv_10' (Conv) has strides [3, 3]; 1 or 2 in both directions is supported."),
        Case("stride elsewhere", g => SetAll(Conv(g, 1), "strides", 2, 2), "has a stride of 2, where 1 is expected (layer1.0.conv1)."),
        Case("padding", g => SetAll(Conv(g, 1), "pads", 0, 1, 1, 1), "node 'Conv_10' (Conv) is padded by [0, 1, 1, 1], where [1, 1, 1, 1] or what comes to the same is expected."),
        Case("activation", g => Relu(g, 1).OpType = "Sigmoid", "(Sigmoid) stands in a residual branch, which is made of convolutions, batch-norms and ReLUs."),
        Case("activation after sum", g => Relu(g, 2).OpType = "Elu", "(Elu) follows node 'Add_"),
        Case("transposed convolution", g => Conv(g, 0).OpType = "ConvTranspose", "node 'ConvTranspose_1'", rename: true),
        Case("domain", g => Conv(g, 1).Domain = "com.microsoft", "(com.microsoft.Conv) is of a domain that is not ONNX's own."),
        Case("graph inside", g => Relu(g, 0).Attribute.Add(new AttributeProto { Name = "then_branch", G = new GraphProto() }), "has a graph inside: networks with gates or exits, or loops, cannot be imported."),
        Case("two inputs", g => g.Input.Add(new ValueInfoProto { Name = "other" }), "it has 2 inputs, and one of images is expected."),
        Case("vector input", g => g.Input[0].Type.TensorType.Shape.Dim.RemoveAt(3), "its input 'input.1' has 3 dimensions; images have four: number, channels, height, width."),
        Case("external weights", g => Weight(g, 0).DataLocation = TensorProto.Types.DataLocation.External, "is stored in a file of its own. Save the model with its weights inside (save_as_external_data=False)."),
        Case("short weights", g => Weight(g, 0).RawData = ByteString.CopyFrom(new byte[8]), "holds 8 bytes, and its shape [64, 3, 7, 7] needs 37632."),
        Case("weights of integers", g => Weight(g, 0).DataType = 6, "holds numbers of type 6; float, float16 and double can be read."),
        Case("huge weights", g => Weight(g, 0).Dims[0] = long.MaxValue, "has weights of shape ["),
        Case("negative weights", g => Weight(g, 0).Dims[0] = -1, "has weights of shape [-1, 3, 7, 7]; outputs, inputs, height and width are expected."),
        Case("sparse", g => g.SparseInitializer.Add(new SparseTensorProto()), "it has sparse weights, which cannot be read."),
        Case("variance", g => Negative(g), "which must be above 0 together."),
        Case("average over a part", g => Last(g, "GlobalAveragePool").OpType = "GlobalMaxPool", "(GlobalMaxPool) stands behind a residual block: another block or an average over the whole map is expected."),
        Case("more behind the end", g => After(g), "(Sigmoid) stands behind the end of the network"),
        Case("scaled classifier", g => Last(g, "Gemm").Attribute.Add(new AttributeProto { Name = "alpha", F = 2 }), "scales or transposes what it adds up, which is not supported."),
        Case("other widths", g => Wide(g), "is expected (layer1.0.conv1)."),
        Case("nothing", g => g.Node.RemoveAt(0), "no operator computes with 'input.1'."),
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
            "it ends in the middle: copy or download it again.", Assert.ThrowsExactly<FormatException>(() => Import(bytes[..(bytes.Length / 2)])).Message);
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

    [TestMethod]
    public void ImportOnnx_OptionsThatDoNotGoWithTheFile_ListsAll()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Import(TorchGraph.Of(Network(), new ExportStyle()).ToByteArray(), new OnnxImportOptions
        {
            ImageShape = new ImageShape(1, 40, 40), ClassNames = ["a", "a"], ChannelMean = [1], ChannelStandardDeviation = [1, 0, 1], ScoreColumnName = "",
        }));

        Assert.StartsWith("The import options are not usable. ImageShape must have the 3 channels of the file, got 1×40×40. ", error.Message);
        Assert.Contains("ClassNames must hold a name for each of the 5 outputs of the file, got 2.", error.Message);
        Assert.Contains("ClassNames must differ, got 'a' 2 times.", error.Message);
        Assert.Contains("ChannelMean must hold one finite value for each of the 3 channels, got [1].", error.Message);
        Assert.Contains("ChannelStandardDeviation must hold one positive value for each of the 3 channels, got [1, 0, 1].", error.Message);
    }

    /// <summary>Bytes changed at random: the file is refused with a sentence or gives a network, and asks for no more than its size.</summary>
    [TestMethod]
    public void ImportOnnx_AlteredFiles_AreRefusedOrHarmless()
    {
        var original = TorchGraph.Of(Network(), new ExportStyle { IsCluttered = true }).ToByteArray();
        var random = new Random(1);
        using var folder = new TemporaryFolder();
        var refused = 0;
        for (var trial = 0; trial < 60; trial++)
        {
            var bytes = (byte[])original.Clone();
            for (var change = 0; change <= trial % 4; change++)
            {
                // Half of the changes where the graph is, which is small beside the weights.
                bytes[trial % 2 == 0 ? random.Next(bytes.Length) : random.Next(3000)] = (byte)random.Next(256);
            }

            var path = folder.File("altered.onnx");
            File.WriteAllBytes(path, bytes);
            try
            {
                _context.Model.ImportOnnx(path);
            }
            catch (Exception error) when (error is FormatException or ArgumentException)
            {
                refused++;
            }
        }

        Assert.IsGreaterThan(10, refused);
    }

    private static object[] Case(string name, Action<GraphProto> change, string message, bool rename = false) => [name, change, rename ? "(ConvTranspose) stands where a convolution is expected." : message];

    private static RandomNetwork Network() => new(
        new NetworkSpec { Network = NetworkKind.ResNet, Architecture = ResNetArchitecture.ImageNet([1, 1]), Image = new ImageShape(3, 40, 40), Classes = 5 }, 11);

    private GatedResNetTransformer Import(byte[] bytes, OnnxImportOptions? options = null)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("network.onnx"), bytes);
        return _context.Model.ImportOnnx(folder.File("network.onnx"), options);
    }

    private static NodeProto Conv(GraphProto graph, int number) => graph.Node.Where(node => node.OpType == "Conv").ElementAt(number);

    private static NodeProto Relu(GraphProto graph, int number) => graph.Node.Where(node => node.OpType == "Relu").ElementAt(number);

    private static NodeProto Last(GraphProto graph, string type) => graph.Node.Last(node => node.OpType == type);

    private static TensorProto Weight(GraphProto graph, int number) => graph.Initializer.Single(tensor => tensor.Name == Conv(graph, number).Input[1]);

    private static void Set(NodeProto node, string name, long value) => node.Attribute.Single(attribute => attribute.Name == name).I = value;

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

    private static void After(GraphProto graph)
    {
        var node = new NodeProto { OpType = "Sigmoid", Name = "extra" };
        node.Input.Add(graph.Output[0].Name);
        node.Output.Add("end");
        graph.Node.Add(node);
        graph.Output[0].Name = "end";
    }

    // A network of the same form with twice as many channels in its first block.
    private static void Wide(GraphProto graph)
    {
        var weight = Weight(graph, 1);
        weight.Dims[0] = 128;
        weight.RawData = ByteString.CopyFrom(new byte[128 * 64 * 9 * 4]);
    }
}
