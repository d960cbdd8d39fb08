using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using AdaptiveInference.ML.Transforms.Persistence;
using AdaptiveInference.ML.Transforms.Tests.Inference;
using AdaptiveInference.ML.Transforms.Tests.PyTorch;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Tests.Onnx.Import;

/// <summary>Imported networks against ONNX Runtime on the same file and the same pixels.</summary>
[TestClass]
public sealed class ImportOnnxTests
{
    private const double Tolerance = 1e-4;

    private readonly MLContext _context = new(1);

    public static IEnumerable<object[]> Styles =>
    [
        [new ExportStyle()],
        [new ExportStyle { FoldsNorms = true }],
        [new ExportStyle { HasBiasBeforeNorm = true }],
        [new ExportStyle { Epsilon = 1e-3f }],
        [new ExportStyle { Epsilon = 2e-6f }],
        [new ExportStyle { Average = "AveragePool" }],
        [new ExportStyle { Average = "ReduceMean", Flat = "" }],
        [new ExportStyle { Average = "ReduceMean18" }],
        [new ExportStyle { Flat = "Reshape" }],
        [new ExportStyle { Flat = "Squeeze" }],
        [new ExportStyle { UsesMatMul = true, EndsWithSoftmax = true }],
        [new ExportStyle { Numbers = "list" }],
        [new ExportStyle { Numbers = "double" }],
        [new ExportStyle { Numbers = "float16" }],
        [new ExportStyle { PadsLessBehind = true }],
        [new ExportStyle { IsCluttered = true }],
        [new ExportStyle { HasOpenSides = true }],
        [new ExportStyle { Normalises = true }],
    ];

    [TestMethod]
    [DynamicData(nameof(Styles))]
    public void ImportOnnx_EveryStyle_ScoresAsOnnxRuntime(ExportStyle style)
        => AssertAgrees(ResNetArchitecture.ImageNet([1, 2, 1]), new ImageShape(3, 64, 48), style);

    public static IEnumerable<object[]> Architectures =>
    [
        [ResNetArchitecture.Cifar(14), new ImageShape(1, 17, 14)],
        [ResNetArchitecture.ImageNet(18), new ImageShape(3, 64, 64)],
        [ResNetArchitecture.ImageNet(50), new ImageShape(3, 49, 66)],
        [ResNetArchitecture.ImageNet([2, 2, 2, 3]), new ImageShape(3, 64, 64)],
        [ResNetArchitecture.ImageNet([1, 1], bottleneck: true), new ImageShape(3, 40, 40)],
        [ResNetArchitecture.ImageNet([1, 2], bottleneck: true).WithStrideInFirstConvolution(), new ImageShape(3, 41, 60)],
        [ResNetArchitecture.ImageNet([2, 1], bottleneck: true).WithStrideInFirstConvolution().WithStemWidth(8), new ImageShape(3, 64, 64)],
        [ResNetArchitecture.ImageNet(18).WithStemWidth(24), new ImageShape(3, 70, 65)],
        [ResNetArchitecture.Cifar(20).WithStemWidth(8), new ImageShape(3, 20, 20)],
    ];

    [TestMethod]
    [DynamicData(nameof(Architectures))]
    public void ImportOnnx_EveryArchitecture_IsRecognised(ResNetArchitecture architecture, ImageShape image)
    {
        AssertAgrees(architecture, image, new ExportStyle());
        AssertAgrees(architecture, image, new ExportStyle { FoldsNorms = true });
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void ImportOnnx_OwnExportWithoutGates_IsTheNetworkAgain(bool bottleneck)
    {
        var spec = TestModels.Spec(NetworkKind.ResNet) with
        {
            Architecture = ResNetArchitecture.ImageNet([1, 2, 1], bottleneck), Image = new ImageShape(3, 50, 45),
        };
        var original = TestModels.Transformer(spec, _context);
        using var folder = new TemporaryFolder();
        original.ExportToOnnx(folder.File("own.onnx"));

        var imported = _context.Model.ImportOnnx(folder.File("own.onnx"));
        var cropping = _context.Model.ImportOnnx(folder.File("own.onnx"), new OnnxImportOptions { Resizing = ResizingKind.IsoCrop });

        Assert.AreEqual(original.Architecture, imported.Architecture);
        Assert.AreEqual(original.ImageShape, imported.ImageShape);
        Assert.AreEqual((ResizingKind.Fill, ResizingKind.IsoCrop), (imported.Resizing, cropping.Resizing));
        CollectionAssert.AreEqual(TestModels.Names, imported.ClassNames.ToArray());
        foreach (var row in TestModels.Rows(5, spec.Image.Size))
        {
            AssertClose(Probabilities(original, row.Features), Probabilities(imported, row.Features));
        }
    }

    [TestMethod]
    public void ImportOnnx_BlueFirst_ReadsTheColoursInTheOtherOrder()
    {
        var network = Network(ResNetArchitecture.ImageNet([1, 1]), new ImageShape(3, 40, 40));
        using var folder = new TemporaryFolder();
        var path = Write(folder, TorchGraph.Of(network, new ExportStyle()));
        var pixels = network.Image();
        float[] turned = [.. pixels[3200..], .. pixels[1600..3200], .. pixels[..1600]];

        var rgb = _context.Model.ImportOnnx(
            path, new OnnxImportOptions { ChannelMean = [1, 2, 3], ChannelStandardDeviation = [60, 70, 80] });
        var bgr = _context.Model.ImportOnnx(
            path,
            new OnnxImportOptions { ChannelMean = [3, 2, 1], ChannelStandardDeviation = [80, 70, 60], ChannelOrder = ChannelOrder.Bgr });

        AssertClose(Probabilities(rgb, pixels), Probabilities(bgr, turned));
    }

    [TestMethod]
    public void ImportOnnx_NoClassNames_CountsClasses()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, TorchGraph.Of(Network(ResNetArchitecture.ImageNet([1, 1]), new ImageShape(3, 40, 40)), new ExportStyle()));

        CollectionAssert.AreEqual(
            new[] { "class 0", "class 1", "class 2", "class 3", "class 4" }, _context.Model.ImportOnnx(path).ClassNames.ToArray());
        CollectionAssert.AreEqual(
            new[] { "a", "b", "c", "d", "e" },
            _context.Model.ImportOnnx(path, new OnnxImportOptions { ClassNames = ["a", "b", "c", "d", "e"] }).ClassNames.ToArray());
    }

    [TestMethod]
    public void ImportOnnx_FileThatEndsWithFeatures_MakesFeaturesAndSaysThatItCannotClassify()
    {
        var network = Network(ResNetArchitecture.ImageNet([1, 2]), new ImageShape(3, 40, 40));
        var model = TorchGraph.Of(network, new ExportStyle { HasNoClassifier = true });
        using var folder = new TemporaryFolder();
        using var session = new InferenceSession(model.ToByteArray());
        var pixels = network.Image();
        var data = TestModels.View(_context, [new VectorRow { Label = "a", Features = pixels }]);

        var imported = _context.Model.ImportOnnx(Write(folder, model));

        Assert.IsFalse(imported.HasClasses);
        Assert.IsEmpty(imported.ClassNames);
        var features = _context.Transforms.AdaptiveFeatures("Made", imported).Fit(data).Transform(data).GetColumn<float[]>("Made").Single();
        using var outputs = session.Run([NamedOnnxValue.CreateFromTensor("input.1", new DenseTensor<float>(pixels, [1, 3, 40, 40]))]);
        var expected = outputs.Single().AsEnumerable<float>().ToArray();
        Assert.HasCount(128, features);
        for (var i = 0; i < features.Length; i++)
        {
            Assert.AreEqual(expected[i], features[i], Tolerance * expected.Max(Math.Abs));
        }

        const string message = "This network has no classes, so that it cannot classify. Give it yours with Trainers.ExitHeads or as the "
            + "InitialModel of another trainer, or use it in mlContext.Transforms.AdaptiveFeatures.";
        Assert.AreEqual(message, Assert.ThrowsExactly<InvalidOperationException>(() => imported.Transform(data)).Message);
        Assert.AreEqual(
            message, Assert.ThrowsExactly<InvalidOperationException>(() => imported.ExportToOnnx(folder.File("no.onnx"))).Message);
        Assert.AreEqual(message, Assert.ThrowsExactly<InvalidOperationException>(() => imported.WithComputeBudget(data, 0.5)).Message);
        Assert.IsFalse(File.Exists(folder.File("no.onnx")));
        Assert.Contains(
            "ClassNames must be null for a file that ends with its features and has no classes, got 1 names.",
            Assert.ThrowsExactly<ArgumentException>(
                () => _context.Model.ImportOnnx(folder.File("network.onnx"), new OnnxImportOptions { ClassNames = ["a"] })).Message);
    }

    [TestMethod]
    public void Load_NetworkWithoutClasses_MakesTheSameFeatures()
    {
        var network = Network(ResNetArchitecture.ImageNet([1, 2]), new ImageShape(3, 40, 40));
        using var folder = new TemporaryFolder();
        var data = TestModels.View(_context, [new VectorRow { Label = "a", Features = network.Image() }]);
        var imported = _context.Model.ImportOnnx(Write(folder, TorchGraph.Of(network, new ExportStyle { HasNoClassifier = true })));
        var features = _context.Transforms.AdaptiveFeatures("Made", imported).Fit(data);
        _context.Model.Save(imported, data.Schema, folder.File("network.zip"));
        _context.Model.Save(features, data.Schema, folder.File("features.zip"));

        var loaded = _context.Model.Load(folder.File("network.zip"), out _).AdaptiveNetwork();
        var made = _context.Model.Load(folder.File("features.zip"), out _).Transform(data).GetColumn<float[]>("Made").Single();

        Assert.IsFalse(loaded.HasClasses);
        CollectionAssert.AreEqual(features.Transform(data).GetColumn<float[]>("Made").Single(), made);
        Assert.AreEqual(0x00010003u, ModelArchive.OldestReader(loaded.Model));
    }

    private static RandomNetwork Network(ResNetArchitecture architecture, ImageShape image)
        => new(new NetworkSpec { Network = NetworkKind.ResNet, Architecture = architecture, Image = image, Classes = 5 }, 11);

    private void AssertAgrees(ResNetArchitecture architecture, ImageShape image, ExportStyle style)
    {
        var network = Network(architecture, image);
        var model = TorchGraph.Of(network, style);
        using var folder = new TemporaryFolder();
        using var session = new InferenceSession(model.ToByteArray());

        var imported = _context.Model.ImportOnnx(
            Write(folder, model), new OnnxImportOptions { ImageShape = style.HasOpenSides ? image : null });

        Assert.AreEqual(architecture, imported.Architecture);
        Assert.AreEqual(image, imported.ImageShape);
        for (var i = 0; i < 4; i++)
        {
            float[] pixels = [.. network.Image().Select(value => style.Normalises ? value : value / 64)];
            using var outputs = session.Run(
                [
                    NamedOnnxValue.CreateFromTensor(
                        "input.1", new DenseTensor<float>(pixels, [1, image.Channels, image.Height, image.Width])),
                ]);
            var answer = outputs.Single().AsEnumerable<float>().ToArray();
            AssertClose(style.EndsWithSoftmax ? answer : Softmax(answer), Probabilities(imported, pixels));
        }
    }

    private static float[] Softmax(float[] logits)
    {
        double[] powers = [.. logits.Select(logit => Math.Exp(logit - logits.Max()))];
        return [.. powers.Select(power => (float)(power / powers.Sum()))];
    }

    private static float[] Probabilities(GatedResNetTransformer network, float[] pixels)
    {
        var probabilities = new float[network.ClassNames.Count];
        network.Plan.Run(pixels, network.Model.Policy, probabilities, new ExecutionTrace(network.Blocks.Count));
        return probabilities;
    }

    private static string Write(TemporaryFolder folder, ModelProto model)
    {
        var path = folder.File("network.onnx");
        File.WriteAllBytes(path, model.ToByteArray());
        return path;
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        Assert.IsGreaterThan(0.01, 1 - expected.Max(), "The network must not be certain, or the comparison says nothing.");
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], Tolerance);
        }
    }
}
