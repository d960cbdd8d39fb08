using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Onnx.Import;
using AdaptiveInference.ML.Transforms.Tests.PyTorch;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AdaptiveInference.ML.Transforms.Tests.Onnx.Import;

/// <summary>The network of ML.NET's own package, which this project references for these tests alone.</summary>
[TestClass]
public sealed class PretrainedResNet18Tests
{
    private const int Side = 224;

    private static readonly string Models = Path.Combine(AppContext.BaseDirectory, "DnnImageModels");

    private readonly MLContext _context = new(1);

    [TestMethod]
    public void PretrainedResNet18_OfThePackage_HasNineBlocksAndNoClasses()
    {
        using var network = _context.Model.PretrainedResNet18("Photo");

        Assert.AreEqual(ResNetArchitecture.ImageNet([2, 2, 2, 3]), network.Architecture);
        Assert.AreEqual(new ImageShape(3, Side, Side), network.ImageShape);
        Assert.IsFalse(network.HasClasses);
        Assert.AreEqual("Photo", network.Columns.Features);
    }

    [TestMethod]
    public void Features_OnTheSamePixels_AreOnnxRuntimes()
    {
        using var network = _context.Model.PretrainedResNet18();
        using var session = new InferenceSession(Path.Combine(Models, "ResNet18Onnx", "ResNet18.onnx"));
        var means = network.Model.Channels.MeanImage!.Values.ToArray();
        foreach (var seed in (int[])[1, 2, 3])
        {
            var pixels = Picture(seed);
            var blueFirst = new float[pixels.Length];
            for (var c = 0; c < 3; c++)
            {
                for (var i = 0; i < Side * Side; i++)
                {
                    blueFirst[((2 - c) * Side * Side) + i] = pixels[(c * Side * Side) + i] - means[(c * Side * Side) + i];
                }
            }

            var expected = Run(session, blueFirst);
            var features = Features(network, pixels);

            var largest = expected.Max();
            for (var i = 0; i < features.Length; i++)
            {
                Assert.AreEqual(expected[i], features[i], 1e-4f * largest);
            }
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Features_AgainstThePackagesOwnPreprocessing_AreTheSame(bool isLoaded)
    {
        using var imported = _context.Model.PretrainedResNet18();
        var network = isLoaded ? Reloaded(imported) : imported;
        using var preprocessing = new InferenceSession(Path.Combine(Models, "ResNetPrepOnnx", "ResNetPreprocess.onnx"));
        using var session = new InferenceSession(Path.Combine(Models, "ResNet18Onnx", "ResNet18.onnx"));
        foreach (var seed in (int[])[1, 2, 3])
        {
            var pixels = Picture(seed);

            var expected = Run(session, Run(preprocessing, pixels));
            var features = Features(network, pixels);

            var largest = expected.Max();
            for (var i = 0; i < features.Length; i++)
            {
                Assert.AreEqual(expected[i], features[i], 1e-4f * largest);
            }
        }
    }

    [TestMethod]
    public void PretrainedResNet18_MeanImage_HasTheChannelMeansOfThePhotosItLearnt()
    {
        var statistics = PretrainedPackage.Statistics(AppContext.BaseDirectory);

        // Red, green, blue of ImageNet; that the order is turned shows in the features.
        Assert.AreEqual(123.15f, statistics.Mean[0], 0.01f);
        Assert.AreEqual(115.90f, statistics.Mean[1], 0.01f);
        Assert.AreEqual(103.06f, statistics.Mean[2], 0.01f);
    }

    [TestMethod]
    public void Statistics_DamagedFile_NamesItAndThePackage()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File(Path.Combine("DnnImageModels", "ResNetPrepOnnx", "ResNetPreprocess.onnx"));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Fixtures", "torch-onnx", "cifar.onnx"), file);
        var root = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(file)))!;

        var error = Assert.ThrowsExactly<FormatException>(() => PretrainedPackage.Statistics(root));

        Assert.AreEqual(
            $"'{file}' has no mean image of 3×224×224 that can be read. Restore the package "
            + "Microsoft.ML.DnnImageFeaturizer.ResNet18 again.",
            error.Message);
    }

    [TestMethod]
    public void Find_WithoutThePackage_NamesIt()
    {
        var error = Assert.ThrowsExactly<FileNotFoundException>(() => PretrainedPackage.Find(Path.Combine(Models, "elsewhere")));

        Assert.StartsWith("The pretrained network is not beside the application: '", error.Message);
        Assert.Contains("Reference the package Microsoft.ML.DnnImageFeaturizer.ResNet18 (dotnet add package", error.Message);
    }

    private GatedResNetTransformer Reloaded(GatedResNetTransformer network)
    {
        using var folder = new TemporaryFolder();
        var data = _context.Data.LoadFromEnumerable(Array.Empty<Row>());
        _context.Model.Save(network, data.Schema, folder.File("network.zip"));
        return _context.Model.Load(folder.File("network.zip"), out _).AdaptiveNetwork();
    }

    private static float[] Features(GatedResNetTransformer network, float[] pixels)
    {
        var features = new float[512];
        network.Plan.Features(pixels, network.Model.Policy, features, new ExecutionTrace(network.Blocks.Count));
        return features;
    }

    private static float[] Run(InferenceSession session, float[] pixels)
    {
        using var outputs = session.Run(
            [NamedOnnxValue.CreateFromTensor(session.InputNames.Single(), new DenseTensor<float>(pixels, [1, 3, Side, Side]))]);
        return [.. outputs.Single().AsEnumerable<float>()];
    }

    private sealed class Row
    {
        [VectorType(3, Side, Side)]
        public float[] Features { get; set; } = [];
    }

    /// <summary>Coloured discs on a coloured ground, with noise: edges and areas as photos have them.</summary>
    private static float[] Picture(int seed)
    {
        var random = new Random(seed);
        var pixels = new float[3 * Side * Side];
        var discs = Enumerable.Range(0, 12).Select(_ => (
            X: random.Next(Side), Y: random.Next(Side), R: random.Next(8, 70),
            Colour: new[] { random.Next(256), random.Next(256), random.Next(256) })).ToArray();
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var disc = discs.LastOrDefault(disc => ((x - disc.X) * (x - disc.X)) + ((y - disc.Y) * (y - disc.Y)) < disc.R * disc.R);
                for (var c = 0; c < 3; c++)
                {
                    var colour = disc.Colour?[c] ?? (40 * c) + (y / 2);
                    pixels[(((c * Side) + y) * Side) + x] = Math.Clamp(colour + random.Next(-12, 13), 0, 255);
                }
            }
        }

        return pixels;
    }
}
