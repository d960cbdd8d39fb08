using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using AdaptiveInference.ML.Transforms.Tests.Inference;
using AdaptiveInference.ML.Transforms.Tests.PyTorch;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Google.Protobuf;
using Microsoft.ML;
using DataType = AdaptiveInference.ML.Transforms.Onnx.Protobuf.TensorProto.Types.DataType;
using Type = AdaptiveInference.ML.Transforms.Onnx.Protobuf.AttributeProto.Types.AttributeType;

namespace AdaptiveInference.ML.Transforms.Tests.Onnx.Import;

/// <summary>
/// Graphs that look like a residual network and compute something else: by an attribute, a type, a shape or a version. Taken for one, they
/// would score, and score wrongly.
/// </summary>
[TestClass]
public sealed class OtherOnnxTests
{
    private readonly MLContext _context = new(1);

    public static IEnumerable<object[]> Models =>
    [
        Case("cast to int32", m => Cast(m, 6), "node 'extra' (Cast) casts to numbers of type 6, which rounds; casts to float,"),
        Case("cast to nothing", m => Cast(m, null), "node 'extra' (Cast) casts to numbers of type 0"),
        Case("integer images", m => Input(m).ElemType = 2, "its input 'input.1' is of numbers of type 2; float, float16 or double is"),
        Case("dropout that trains", m => Dropout(m, 1), "node 'extra' (Dropout) is in training mode"),
        Case("pool with gaps", m => Add(m, "MaxPool", Ints("dilations", 2, 2)), "(MaxPool) is dilated by [2, 2], which is not supported."),
        Case("pool that orders", m => Add(m, "MaxPool", Int("storage_order", 1)), "(MaxPool) has storage_order 1, where 0 is expected."),
        Case("pool that rounds up", RoundsUp, "(MaxPool) is padded by [1, 1, 1, 1], where [1, 1, 1, 1] or what comes to the same"),
        Case("pool padded otherwise", m => Add(m, "MaxPool", Text("auto_pad", "SAME")), "(MaxPool) has auto_pad 'SAME'; NOTSET, VALID,"),
        Case("pool without steps", m => Set(m, "MaxPool", "strides"), "(MaxPool) has strides [], where 2 is expected."),
        Case("pool with a third step", m => Set(m, "MaxPool", "strides", 2, 2, 2), "(MaxPool) has strides [2, 2, 2], where 2 is expected."),
        Case("convolution without gaps' sizes", m => Add(m, "Conv", Ints("dilations")), "(Conv) is dilated by [], which is not supported."),
        Case("convolution without padding", m => Set(m, "Conv", "pads"), "(Conv) is padded by []; four numbers are expected."),
        Case("convolution without steps", m => Set(m, "Conv", "strides"), "(Conv) has strides []; 1 or 2 in both directions"),
        Case("kernel of another size", m => Set(m, "Conv", "kernel_shape", 5, 5), "(Conv) has a kernel_shape of [5, 5], and its weights"),
        Case("convolution of automatic padding", m => Add(m, "Conv", Text("auto_pad", "")), "(Conv) has auto_pad ''; NOTSET, VALID,"),
        Case("batch-norm that trains", m => Add(m, "BatchNormalization", Int("training_mode", 1), 14), "has training_mode 1, where 0 is"),
        Case("batch-norm by pixel", m => Add(m, "BatchNormalization", Int("spatial", 0), 8), "has spatial 0, where 1 is expected."),
        Case(
            "batch-norm with the batch's own mean", m => Node(m, "BatchNormalization").Output.Add("mean"),
            "(BatchNormalization) has 5 inputs and 2 outputs; at most 5 and 1 are expected."),
        Case("addition along an axis", m => Add(m, "Add", Int("axis", 1)), "(Add) has an attribute 'axis', which is not known of this"),
        Case("attribute of tomorrow", m => Add(m, "Relu", Int("leak", 1)), "(Relu) has an attribute 'leak', which is not known of this"),
        Case("attribute twice", m => Add(m, "Conv", Int("group", 1)), "(Conv) has the attribute 'group' twice."),
        Case(
            "attribute of another type", m => Node(m, "Conv").Attribute.Single(a => a.Name == "group").Type = Type.Float,
            "(Conv) has an attribute 'group' of another type than Int."),
        Case("flat from another axis", m => Node(m, "Flatten").Attribute[0].I = 2, "(Flatten) has axis 2, where 1 is expected"),
        Case("transposed images", m => Add(m, "Gemm", Int("transA", 1)), "scales or transposes what it adds up, which is not supported."),
        Case("no scale at all", m => Add(m, "Gemm", new() { Name = "alpha", Type = Type.Float }), "scales or transposes what it adds up"),
        Case("bias by image", m => m.Graph.Initializer[^1].Dims.Add(1), "has a bias of shape [5, 1], where [5], [1, 5] or one number is"),
        Case("features as bias", Swap, "(Gemm) computes with '/value/", "otherwise than as its first input"),
        Case("other channels", m => Input(m).Shape.Dim[1].DimValue = 4, "(Conv) reads 3 channels, and the input 'input.1' has 4."),
        Case("no operator set", m => m.OpsetImport.Clear(), "it does not say of which operator set (opset_import) its operators are."),
        Case("operator set of tomorrow", m => m.OpsetImport[0].Version = 26, "are of operator set 26, and 7 to 25 can be read"),
        Case("operator set of old", m => m.OpsetImport[0].Version = 6, "are of operator set 6, and 7 to 25 can be read"),
        Case(
            "two operator sets", m => m.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx", Version = 17 }),
            "it names two operator sets, 13 and 17."),
        Case("format of tomorrow", m => m.IrVersion = 14, "it is of version 14 of the format (ir_version), and 3 to 13 can be read."),
        Case("no format", m => m.IrVersion = 0, "it is of version 0 of the format (ir_version), and 3 to 13 can be read."),
        Case(
            "operators of its own", m => m.Functions.Add(new FunctionProto { Name = "Relu" }),
            "it has a function of its own in place of ONNX's operator 'Relu', which is not supported."),
        Case(
            "classifier of other features", Narrow,
            "(Gemm) has weights for 64 features ([5, 64]), and 128 channels are averaged in front of it."),
        Case("softmax over images", m => Node(m, "Softmax").Attribute[0].I = 0, "(Softmax) has axis 0, where 1 or -1 is expected.", Ending),
        Case("pads in an attribute of old", Attributed, "node 'extra' (Pad) has an attribute 'pads', which is not known of this"),
        Case("padded average", m => Add(m, "AveragePool", Ints("pads", 1, 1, 1, 1)), "is padded by [1, 1, 1, 1], where the average", Pool),
        Case("average with gaps", m => Add(m, "AveragePool", Ints("dilations", 2, 2), 19), "is dilated by [2, 2], which is not", Pool),
        Case("average of automatic size", m => Add(m, "AveragePool", Text("auto_pad", "SAME_LOWER")), "has auto_pad SAME_LOWER", Pool),
        Case("average without steps", m => Add(m, "AveragePool", Ints("strides")), "has strides []; two numbers above 0 are", Pool),
        Case("mean over one side", m => Set(m, "ReduceMean", "axes", 2), "(ReduceMean) stands behind a residual block", Mean),
        Case("axes of later sets", m => m.OpsetImport[0].Version = 18, "(ReduceMean) has an attribute 'axes', which is not known", Mean),
        Case("features of four dimensions", NotFlat, "(Gemm) multiplies a value of 4 dimensions; two, images × channels, are", Mean),
        Case("images in one row", m => Target(m, 1, 256), "has the target shape [1, 256], where images × channels, [-1, 128],", Reshape),
        Case("channels first", m => Target(m, 128, -1), "has the target shape [128, -1], where images × channels, [-1, 128],", Reshape),
        Case("four dimensions", m => Target(m, 1, 128, 1, 1), "has the target shape [1, 128, 1, 1], where images × channels", Reshape),
        Case("no images", NoImages, "has the target shape [0, 128]", Reshape),
        Case("size from elsewhere", Elsewhere, "(Reshape) has a target shape that is not stored in the file", Reshape),
        Case("side kept", m => Target(m, 2), "(Gemm) multiplies a value of 3 dimensions; two, images × channels, are expected.", Squeeze),
        Case("images removed", m => Target(m, 0, 3), "removes the axes [0, 3], where those of height and width, [2, 3], are", Squeeze),
        Case("bias of a column", m => Bias(m, 5, 1), "has a bias of shape [5, 1], where [5], [1, 5] or one number is expected", Product),
        Case("bias of three dimensions", m => Bias(m, 1, 1, 5), "has a bias of shape [1, 1, 5], where [5], [1, 5] or one number", Product),
        Case("mean by image", m => Means(m, 3, 1, 1, 1), "normalises the pixels by numbers of shape [3, 1, 1, 1]; one number", Normal),
        Case("mean of five dimensions", m => Means(m, 1, 1, 3, 1, 1), "normalises the pixels by numbers of shape [1, 1, 3, 1, 1]", Normal),
    ];

    private static ExportStyle Ending => new() { EndsWithSoftmax = true };

    private static ExportStyle Pool => new() { Average = "AveragePool" };

    private static ExportStyle Mean => new() { Average = "ReduceMean", Flat = "" };

    private static ExportStyle Reshape => new() { Flat = "Reshape" };

    private static ExportStyle Squeeze => new() { Flat = "Squeeze" };

    private static ExportStyle Product => new() { UsesMatMul = true };

    private static ExportStyle Normal => new() { Normalises = true };

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void ImportOnnx_GraphThatComputesSomethingElse_IsRefusedByNameAndReason(
        string name, object change, string[] messages, ExportStyle style)
    {
        var model = TorchGraph.Of(Network(), style);
        Assert.IsNotNull(Import(model), "Without the change it must be read.");
        ((Action<ModelProto>)change)(model);

        var error = Assert.ThrowsExactly<FormatException>(() => Import(model), name);

        Assert.Contains("network.onnx' holds no residual network that can be imported: ", error.Message);
        foreach (var message in messages)
        {
            Assert.Contains(message, error.Message);
        }
    }

    public static IEnumerable<object[]> Same =>
    [
        Case("cast to half and back", m => Cast(m, 10), ""),
        Case("dropout told not to train", m => Dropout(m, 0), ""),
        Case("softmax over the last axis", m => Node(m, "Softmax").Attribute[0].I = -1, "", Ending),
        Case("softmax of the default axis", m => Node(m, "Softmax").Attribute.Clear(), "", Ending),
        Case("average with steps", m => Add(m, "AveragePool", Ints("strides", 2, 1)), "", Pool),
        Case("average that counts padding", m => Add(m, "AveragePool", Int("count_include_pad", 1)), "", Pool),
        Case("average of valid windows", m => Add(m, "AveragePool", Text("auto_pad", "VALID")), "", Pool),
        Case("target with zeros", m => Target(m, 0, -1), "", Reshape),
        Case("target of one image", m => Target(m, 1, 128), "", Reshape),
        Case("target of any number of images", m => Batch(m, 0), "", Reshape),
        Case("sides from behind", m => Target(m, -1, -2), "", Squeeze),
        Case("bias of a row", m => Bias(m, 1, 5), "", Product),
        Case("means without images", m => Means(m, 3, 1, 1), "", Normal),
    ];

    [TestMethod]
    [DynamicData(nameof(Same))]
    public void ImportOnnx_GraphThatComputesTheSame_IsTheSameNetwork(string name, object change, string[] messages, ExportStyle style)
    {
        var model = TorchGraph.Of(Network(), style);
        using var original = Import(model);
        ((Action<ModelProto>)change)(model);
        using var changed = Import(model);

        Assert.AreEqual("", messages.Single(), name);
        foreach (var tensor in original.Model.Weights.Layout.Select(tensor => tensor.Name))
        {
            CollectionAssert.AreEqual(original.Model.Weights[tensor].ToArray(), changed.Model.Weights[tensor].ToArray(), tensor);
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(8)]
    public void ImportOnnx_OwnExportWithExits_SaysThatTheyCannotBeImported(int exits)
    {
        var spec = TestModels.Spec(NetworkKind.ResNet) with
        {
            Architecture = ResNetArchitecture.Cifar(56),
            Exits = [.. Enumerable.Range(0, exits).Select(exit => new ExitSpec(3 * exit, HeadKind.Pooled))],
        };
        var network = TestModels.Transformer(spec, _context);
        using var file = new MemoryStream();
        network.WithExitConfidence(0.5f).ExportToOnnx(file);

        var message = Assert.ThrowsExactly<FormatException>(() => Import(file.ToArray())).Message;

        Assert.Contains("network.onnx' holds no residual network that can be imported: ", message);
        Assert.Contains("has a graph inside: networks with gates or exits, or loops, cannot be imported.", message);
    }

    [TestMethod]
    [DataRow(HeadKind.Quarters)]
    [DataRow(HeadKind.Grid)]
    public void ImportOnnx_OwnExportWithAHeadOverParts_SaysThatItCannotBeImported(HeadKind head)
    {
        using var file = new MemoryStream();
        TestModels.Transformer(TestModels.Spec(NetworkKind.ResNet) with { Head = head }, _context).ExportToOnnx(file);

        Assert.Contains(
            "(Slice) takes a part of the map: heads over its quarters or over a grid cannot be imported, only an average over the whole.",
            Assert.ThrowsExactly<FormatException>(() => Import(file.ToArray())).Message);
    }

    private static object[] Case(string name, Action<ModelProto> change, string message, ExportStyle? style = null)
        => [name, change, (string[])[message], style ?? new ExportStyle()];

    private static object[] Case(string name, Action<ModelProto> change, string message, string more)
        => [name, change, (string[])[message, more], new ExportStyle()];

    private static RandomNetwork Network() => new(
        new NetworkSpec
        {
            Network = NetworkKind.ResNet,
            Architecture = ResNetArchitecture.ImageNet([1, 1]),
            Image = new ImageShape(3, 40, 40),
            Classes = 5,
        },
        11);

    private GatedResNetTransformer Import(ModelProto model) => Import(model.ToByteArray());

    private GatedResNetTransformer Import(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("network.onnx"), bytes);
        return _context.Model.ImportOnnx(folder.File("network.onnx"));
    }

    private static NodeProto Node(ModelProto model, string type) => model.Graph.Node.First(node => node.OpType == type);

    private static TypeProto.Types.Tensor Input(ModelProto model) => model.Graph.Input[0].Type.TensorType;

    private static void Add(ModelProto model, string type, AttributeProto attribute, long operatorSet = 13)
    {
        Node(model, type).Attribute.Add(attribute);
        model.OpsetImport[0].Version = operatorSet;
    }

    private static void Set(ModelProto model, string type, string name, params long[] values)
    {
        var attribute = Node(model, type).Attribute.Single(attribute => attribute.Name == name);
        attribute.Ints.Clear();
        attribute.Ints.AddRange(values);
    }

    private static AttributeProto Int(string name, long value) => new() { Name = name, I = value, Type = Type.Int };

    private static AttributeProto Text(string name, string value)
        => new() { Name = name, S = ByteString.CopyFromUtf8(value), Type = Type.String };

    private static AttributeProto Ints(string name, params long[] values) => new() { Name = name, Ints = { values }, Type = Type.Ints };

    // In front of the first ReLU.
    private static NodeProto Insert(ModelProto model, string type, params string[] more)
    {
        var relu = Node(model, "Relu");
        var node = new NodeProto { Name = "extra", OpType = type, Input = { relu.Input[0], more }, Output = { "changed" } };
        model.Graph.Node.Insert(model.Graph.Node.IndexOf(relu), node);
        relu.Input[0] = "changed";
        return node;
    }

    private static void Cast(ModelProto model, long? type)
    {
        var node = Insert(model, "Cast");
        if (type is { } to)
        {
            node.Attribute.Add(Int("to", to));
        }
    }

    private static void Dropout(ModelProto model, byte training)
    {
        model.Graph.Initializer.Insert(
            0, new TensorProto { Name = "mode", DataType = (int)DataType.Bool, RawData = ByteString.CopyFrom(training) });
        Insert(model, "Dropout", "", "mode");
    }

    // The map of 20 has 10 windows, and 11 where the last may begin in the padding.
    private static void RoundsUp(ModelProto model) => Add(model, "MaxPool", Int("ceil_mode", 1));

    // Operator sets from 11 on read their widths from an input, whatever the attribute says.
    private static void Attributed(ModelProto model)
    {
        var (pad, widths) = (Insert(model, "Pad", "widths"), Whole("widths", 1));
        widths.Dims[0] = 8;
        widths.Int64Data.AddRange(Enumerable.Repeat(1L, 7));
        model.Graph.Initializer.Insert(0, widths);
        pad.Attribute.Add(Ints("pads", 0, 0, 0, 0, 0, 0, 0, 0));
    }

    private static void Narrow(ModelProto model)
    {
        var weight = model.Graph.Initializer.Single(tensor => tensor.Name == Node(model, "Gemm").Input[1]);
        weight.Dims[1] = 64;
        weight.RawData = ByteString.CopyFrom(weight.RawData.Span[..(5 * 64 * sizeof(float))]);
    }

    private static void Swap(ModelProto model)
    {
        var gemm = Node(model, "Gemm");
        (gemm.Input[0], gemm.Input[2]) = (gemm.Input[2], gemm.Input[0]);
    }

    private static void NotFlat(ModelProto model)
        => Node(model, "ReduceMean").Attribute.Single(attribute => attribute.Name == "keepdims").I = 1;

    private static void Target(ModelProto model, params long[] values)
    {
        var name = model.Graph.Node.Single(node => node.OpType is "Reshape" or "Squeeze").Input[1];
        var tensor = model.Graph.Node.Single(node => node.Output[0] == name).Attribute[0].T;
        tensor.Dims[0] = values.Length;
        tensor.Int64Data.Clear();
        tensor.Int64Data.AddRange(values);
    }

    private static void NoImages(ModelProto model)
    {
        Target(model, 0, 128);
        Add(model, "Reshape", Int("allowzero", 1), 14);
    }

    private static void Elsewhere(ModelProto model) => Batch(model, 1);

    // x.view(x.size(0), -1) as PyTorch writes it.
    private static void Batch(ModelProto model, long side)
    {
        var reshape = Node(model, "Reshape");
        model.Graph.Initializer.Add(Whole("side", side));
        model.Graph.Initializer[^1].Dims.Clear();
        model.Graph.Initializer.Add(Whole("axes", 0));
        model.Graph.Initializer.Add(Whole("rest", -1));
        NodeProto[] nodes =
        [
            new() { OpType = "Shape", Input = { reshape.Input[0] }, Output = { "shape" } },
            new() { OpType = "Gather", Input = { "shape", "side" }, Output = { "images" }, Attribute = { Int("axis", 0) } },
            new() { OpType = "Unsqueeze", Input = { "images", "axes" }, Output = { "row" } },
            new() { OpType = "Concat", Input = { "row", "rest" }, Output = { "target" }, Attribute = { Int("axis", 0) } },
        ];
        foreach (var node in nodes)
        {
            model.Graph.Node.Insert(model.Graph.Node.IndexOf(reshape), node);
        }

        reshape.Input[1] = "target";
    }

    private static TensorProto Whole(string name, long value)
        => new() { Name = name, DataType = (int)DataType.Int64, Dims = { 1 }, Int64Data = { value } };

    private static void Bias(ModelProto model, params long[] shape)
    {
        var addition = model.Graph.Node.Last(node => node.OpType == "Add");
        Shape(model.Graph.Initializer.Single(tensor => addition.Input.Contains(tensor.Name)), shape);
    }

    private static void Means(ModelProto model, params long[] shape)
        => Shape(model.Graph.Initializer.Single(tensor => tensor.Name == Node(model, "Sub").Input[1]), shape);

    private static void Shape(TensorProto tensor, long[] shape)
    {
        tensor.Dims.Clear();
        tensor.Dims.AddRange(shape);
    }
}
