using System.Text.Json;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AdaptiveInference.ML.Transforms.Tests.Onnx.Import;

/// <summary>
/// Files that <c>torch.onnx.export</c> itself wrote (Fixtures/torch-onnx/make.py) against ONNX Runtime on the same pixels, and against what
/// PyTorch answered when they were made.
/// </summary>
[TestClass]
public sealed class TorchExportTests
{
    private const double Tolerance = 1e-4;

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", "torch-onnx");

    private readonly MLContext _context = new(1);

    public static IEnumerable<object[]> Files
        => Directory.GetFiles(Folder, "*.onnx").Order(StringComparer.Ordinal).Select(file => new object[] { Path.GetFileName(file) });

    [TestMethod]
    public void Files_OfEveryStyle_AreThere() => Assert.HasCount(22, Files.ToList());

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void ImportOnnx_FileOfPyTorch_AnswersAsPyTorchAndOnnxRuntime(string file)
    {
        var path = Path.Combine(Folder, file);
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        var isOpen = file == "dynamic.onnx";
        using var imported = _context.Model.ImportOnnx(
            path, isOpen ? new OnnxImportOptions { ImageShape = new ImageShape(3, 64, 48) } : null);
        var image = imported.ImageShape;
        float[] pixels = [.. Enumerable.Range(0, image.Size).Select(i => (i * 7919 % 251 / 125f) - 1)];

        var answer = Answer(imported, pixels);

        AssertClose(Expected(model, imported.HasClasses), answer);
        foreach (var seed in (int[])[1, 2, 3])
        {
            var random = new Random(seed);
            float[] others = [.. Enumerable.Range(0, image.Size).Select(_ => (2 * random.NextSingle()) - 1)];
            AssertClose(Run(model, others, image, imported.HasClasses), Answer(imported, others));
        }
    }

    [TestMethod]
    [DataRow("bottlenecks.onnx", "ResNet-8 (ImageNet, bottlenecks [1, 1], stem of 8 channels)")]
    [DataRow(
        "bottlenecks-stride-first.onnx", "ResNet-8 (ImageNet, bottlenecks [1, 1], stem of 8 channels, stride in the first convolution)")]
    [DataRow("cifar.onnx", "ResNet-8 (CIFAR, stem of 8 channels)")]
    [DataRow("three-stages.onnx", "ResNet-10 (ImageNet, blocks [1, 2, 1], stem of 8 channels)")]
    public void ImportOnnx_FileOfPyTorch_IsThatArchitecture(string file, string architecture)
    {
        using var imported = _context.Model.ImportOnnx(Path.Combine(Folder, file));

        Assert.AreEqual(architecture, imported.Architecture.ToString());
    }

    private static float[] Answer(GatedResNetTransformer network, float[] pixels)
    {
        var trace = new ExecutionTrace(network.Blocks.Count);
        if (network.HasClasses)
        {
            var probabilities = new float[network.ClassNames.Count];
            network.Plan.Run(pixels, network.Model.Policy, probabilities, trace);
            return probabilities;
        }

        var features = new float[network.Model.Blocks.FeatureChannels];
        network.Plan.Features(pixels, network.Model.Policy, features, trace);
        return features;
    }

    private static float[] Expected(ModelProto model, bool hasClasses)
    {
        var stored = model.MetadataProps.Single(entry => entry.Key == "expected").Value;
        return Probabilities(model, JsonSerializer.Deserialize<float[]>(stored)!, hasClasses);
    }

    // ONNX Runtime has no convolution in double on a CPU, and computes in half what is half.
    private static float[] Run(ModelProto model, float[] pixels, ImageShape image, bool hasClasses)
    {
        using var session = new InferenceSession(InSinglePrecision(model).ToByteArray());
        using var outputs = session.Run(
            [NamedOnnxValue.CreateFromTensor("x", new DenseTensor<float>(pixels, [1, image.Channels, image.Height, image.Width]))]);
        return Probabilities(model, [.. outputs.Single().AsEnumerable<float>()], hasClasses);
    }

    private static ModelProto InSinglePrecision(ModelProto model)
    {
        var single = model.Clone();
        foreach (var tensor in single.Graph.Initializer)
        {
            float[]? values = (TensorProto.Types.DataType)tensor.DataType switch
            {
                TensorProto.Types.DataType.Double => [.. Numbers(tensor, sizeof(double), bytes => (float)BitConverter.ToDouble(bytes))],
                TensorProto.Types.DataType.Float16 => [.. Numbers(tensor, 2, bytes => (float)BitConverter.ToHalf(bytes))],
                _ => null,
            };
            if (values is not null)
            {
                tensor.DataType = (int)TensorProto.Types.DataType.Float;
                tensor.RawData = ByteString.CopyFrom([.. values.SelectMany(BitConverter.GetBytes)]);
            }
        }

        foreach (var value in single.Graph.Input.Concat(single.Graph.Output))
        {
            value.Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Float;
        }

        return single;
    }

    private static IEnumerable<float> Numbers(TensorProto tensor, int size, Func<byte[], float> read)
        => tensor.RawData.ToByteArray().Chunk(size).Select(read);

    private static float[] Probabilities(ModelProto model, float[] answer, bool hasClasses)
    {
        if (!hasClasses || model.Graph.Node.Any(node => node.OpType == "Softmax"))
        {
            return answer;
        }

        double[] powers = [.. answer.Select(logit => Math.Exp(logit - answer.Max()))];
        return [.. powers.Select(power => (float)(power / powers.Sum()))];
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        Assert.IsGreaterThan(0.01, Math.Abs(1 - expected.Max()), "The network must not be certain, or the comparison says nothing.");
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], Tolerance);
        }
    }
}
