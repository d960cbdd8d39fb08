using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Onnx.Import;
using Microsoft.ML;
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
        foreach (var seed in (int[])[1, 2, 3])
        {
            var pixels = Picture(seed);
            var blueFirst = new float[pixels.Length];
            for (var c = 0; c < 3; c++)
            {
                for (var i = 0; i < Side * Side; i++)
                {
                    blueFirst[((2 - c) * Side * Side) + i] = pixels[(c * Side * Side) + i] - PretrainedPackage.ChannelMean[c];
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
    public void Features_AgainstThePackagesOwnPreprocessing_PointTheSameWay()
    {
        using var network = _context.Model.PretrainedResNet18();
        using var preprocessing = new InferenceSession(Path.Combine(Models, "ResNetPrepOnnx", "ResNetPreprocess.onnx"));
        using var session = new InferenceSession(Path.Combine(Models, "ResNet18Onnx", "ResNet18.onnx"));
        foreach (var seed in (int[])[1, 2, 3])
        {
            var pixels = Picture(seed);

            var expected = Run(session, Run(preprocessing, pixels));
            var features = Features(network, pixels);

            var cosine = expected.Zip(features, (a, b) => (double)a * b).Sum()
                / Math.Sqrt(expected.Sum(a => (double)a * a) * features.Sum(b => (double)b * b));
            
            // Of pictures without photos' many features less is kept than of photos.
            Assert.IsGreaterThanOrEqualTo(0.997, cosine);
        }
    }

    [TestMethod]
    public void Find_WithoutThePackage_NamesIt()
    {
        var error = Assert.ThrowsExactly<FileNotFoundException>(() => PretrainedPackage.Find(Path.Combine(Models, "elsewhere")));

        Assert.StartsWith("The pretrained network is not beside the application: '", error.Message);
        Assert.Contains("Reference the package Microsoft.ML.DnnImageFeaturizer.ResNet18 (dotnet add package", error.Message);
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
