using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.FineTuning;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.FineTuning;

[TestClass]
public sealed class HeadFitTests
{
    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    /// <summary>Features far from 0 and of very different sizes, which plain descent on the raw numbers would not separate.</summary>
    [TestMethod]
    public void Run_FeaturesOfAnySize_GivesTheMinimumOfThePenalisedLoss()
    {
        using var scope = torch.NewDisposeScope();
        var options = new ResNetTrainer.Options { Architecture = ResNetArchitecture.Cifar(8) };
        using var network = new GatedResNetModule(BlockPlan.Of(options.Describe(new ImageShape(1, 12, 12), 2)), 1);
        var width = 64;
        var random = new Random(3);
        var features = new float[40, width];
        var labels = new long[40];
        for (var i = 0; i < 40; i++)
        {
            labels[i] = i % 2;

            // Value 0 tells the class but for every fifth image; the others are noise of growing size around 1000.
            features[i, 0] = 1000 + ((labels[i] == 1) == (i % 5 != 0) ? 1 : -1);
            for (var j = 1; j < width; j++)
            {
                features[i, j] = 1000 + (float)((random.NextDouble() - 0.5) * j);
            }
        }

        var head = network.Heads.Single();
        new HeadFit([(head, 0, network.ParametersOfHead(0))], 0).Run(new Source(tensor(features), labels), CPU, 1, _ => { });

        // At the minimum of mean cross-entropy + 0.005·‖W‖² on standardised features the gradient is 0; folded, W is W/σ.
        var x = tensor(features).to(ScalarType.Float64);
        var deviation = (x - x.mean([0L])).square().mean([0L]).sqrt();
        var standard = (x - x.mean([0L])) / deviation;
        var (weight, bias) = head.Unnormalised!.Value;
        var probability = nn.functional.softmax(head.Classify(tensor(features), false).to(ScalarType.Float64), 1);
        var target = nn.functional.one_hot(tensor(labels), 2).to(ScalarType.Float64);
        var gradient = (probability - target).t().matmul(standard) / 40 + (weight.to(ScalarType.Float64) * deviation * 0.01);
        Assert.IsLessThan(0.01, gradient.abs().max().item<double>());
        Assert.IsLessThan(0.01, (probability - target).mean([0L]).abs().max().item<double>());
        Assert.IsGreaterThan(0.2, (weight * deviation).abs().max().item<double>());
        Assert.IsNotNull(bias);
    }

    [TestMethod]
    [DataRow(1, 200)]
    [DataRow(20, 30)]
    [DataRow(1000, 5)]
    public void Epochs_OfBatches_GiveAboutAsManySteps(int batches, int expected) => Assert.AreEqual(expected, HeadFit.Epochs(batches));

    private sealed class Source(Tensor features, long[] labels) : IBatchSource, IBatch
    {
        public int Batches => 1;

        public int Images => labels.Length;

        public IEnumerable<IBatch> Varied(int seed, int epoch) => [this];

        public IEnumerable<IBatch> Plain() => [this];

        public NetworkInput InputOn(Device device) => new() { HeadInputs = [features.alias()] };

        public Tensor LabelsOn(Device device) => tensor(labels);
    }
}
