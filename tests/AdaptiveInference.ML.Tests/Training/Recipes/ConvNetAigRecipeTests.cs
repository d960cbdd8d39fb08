using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using Microsoft.ML;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class ConvNetAigRecipeTests
{
    // Each of its three blocks has a gate.
    private static readonly BlockPlan Plan = BlockPlan.Of(
        Networks.TestNetworks.Cifar(NetworkKind.ConvNetAig) with { Architecture = ResNetArchitecture.Cifar(8), Exits = [] });

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Stages_AsPublished_LeaveOutWhatThePaperDoesNotHave()
    {
        var published = new ConvNetAigTrainer.Options { AsPublished = true }.AllStages().Single();
        var better = new ConvNetAigTrainer.Options().AllStages().Single();

        Assert.IsTrue(published.DecaysAll);
        CollectionAssert.AreEqual(new[] { 150 / 350.0, 250 / 350.0 }, published.RateDropsAt!.ToArray());
        Assert.AreEqual(0f, published.WarmUp);
        Assert.IsFalse(better.DecaysAll);
        Assert.IsNull(better.RateDropsAt);
    }

    [TestMethod]
    public void Sampler_GatesNotDrawn_TakesTheMoreLikelyStateEveryTime()
    {
        using var generator = new Generator(1);
        var query = new GateQuery(0, full([1000], 0.1f), OpensAtTie: true);
        var drawn = new ConvNetAigTrainer.Options().AllStages().Single().Sampler(generator).Sample(query).Open;
        var taken = new ConvNetAigTrainer.Options { DrawsGates = false }.AllStages().Single().Sampler(generator).Sample(query).Open;

        Assert.AreEqual(525, drawn.sum().item<float>(), 60);
        Assert.AreEqual(1000, taken.sum().item<float>());
    }

    [TestMethod]
    public void WholeTarget_Options_SayWhatIsAimedFor()
    {
        var options = new ConvNetAigTrainer.Options { TargetRate = 0.6f };

        Assert.AreEqual(0.6f, options.WholeTarget);
        Assert.AreEqual(0.4f, (options with { TargetComputeFraction = 0.4f }).WholeTarget);
        Assert.IsNull((options with { AsPublished = true }).WholeTarget);
        Assert.IsNull((options with { TargetRates = [0.5f, 0.6f, 0.7f] }).WholeTarget);
    }

    [TestMethod]
    public void Create_WholeTargetAndRates_Throws()
    {
        var options = new ConvNetAigTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), TargetComputeFraction = 0.5f, TargetRates = [0.5f, 0.6f, 0.7f],
        };

        var error = Assert.ThrowsExactly<ArgumentException>(() => Trainers.Create(new MLContext(1), options));

        Assert.AreEqual(
            "ConvNetAigTrainer.Options: TargetComputeFraction is for the whole network, TargetRates for each block. Leave one of the two "
                + "out.",
            error.Message);
    }

    [TestMethod]
    public void Loss_AsPublished_IsTheSquaredDistanceOfEachBlocksRateFromItsTarget()
    {
        var options = new ConvNetAigTrainer.Options { AsPublished = true, TargetRate = 0.5f, TargetRateWeight = 3 };

        AssertRates(options, 0.5, 0.5, 0.5);
        AssertRates(options with { TargetRates = [1f, 0.6f, 0.2f] }, 1, 0.6, 0.2);
        AssertRates(options with { AsPublished = false, TargetRates = [1f, 0.6f, 0.2f] }, 1, 0.6, 0.2);
    }

    [TestMethod]
    public void Loss_WholeTarget_AimsForAComputeFraction()
    {
        using var scope = NewDisposeScope();
        using var compute = new GatedComputeFraction(Plan, CPU);
        var options = new ConvNetAigTrainer.Options { TargetRate = 0.4f, TargetWeight = 7, InformationWeight = 0 };
        var step = StepResults.Of(
            compute,
            tensor(new[] { 0.7f, 1.1f }),
            [tensor(new[] { 1f, 1f }), tensor(new[] { 0f, 1f }), zeros(2)],
            [zeros(2), zeros(2), zeros(2)]);
        var fraction = (StepResults.Fraction(Plan, 1, 0, 0) + StepResults.Fraction(Plan, 1, 1, 0)) / 2;

        var value = options.AllStages()[0].Loss(step with { Progress = 0.15 }).item<float>();

        // Half of the first three tenths of a stage are done, so that the target is half way from 1.
        Assert.AreEqual(0.9 + (7 * Math.Pow(fraction - 0.7, 2)), value, 1e-5);
    }

    [TestMethod]
    public void ValidationScore_WholeTarget_TakesOffWhatIsSpentAboveIt()
    {
        var stage = new ConvNetAigTrainer.Options { TargetRate = 0.5f }.AllStages()[0];

        Assert.AreEqual(0.7 - 0.08, stage.ValidationScore(new ValidationResult(0.8, 0.7, 0.6)), 1e-7);
    }

    [TestMethod]
    public void Fit_AsPublished_Learns()
    {
        var context = new MLContext(1);
        var options = new ConvNetAigTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, BatchSize = 16, Seed = 1, AsPublished = true, TargetRate = 0.8f,
        };

        using var model = Trainers.Create(context, options).Fit(SyntheticImages.View(context, SyntheticImages.Rows(300)));

        var test = SyntheticImages.View(context, SyntheticImages.Rows(150, seed: 9));
        Assert.IsGreaterThan(0.8, context.MulticlassClassification.EvaluateAdaptive(model.Transform(test)).Classification.MicroAccuracy);
    }

    // Of four images the blocks run for 3, 2 and 0; cross-entropies average 1.
    private static void AssertRates(ConvNetAigTrainer.Options options, params double[] targets)
    {
        using var scope = NewDisposeScope();
        using var compute = new GatedComputeFraction(Plan, CPU);
        Tensor[] open =
        [
            tensor(new[] { 1f, 0f, 1f, 1f }).requires_grad_(), tensor(new[] { 0f, 1f, 1f, 0f }).requires_grad_(), zeros(4).requires_grad_(),
        ];
        double[] rates = [0.75, 0.5, 0];

        var loss = options.AllStages()[0].Loss(StepResults.Of(compute, tensor(new[] { 0.4f, 1.6f, 1.5f, 0.5f }), open));
        loss.backward();

        Assert.AreEqual(1 + (3 * rates.Zip(targets, (rate, target) => Math.Pow(rate - target, 2)).Average()), loss.item<float>(), 1e-6);
        for (var gate = 0; gate < 3; gate++)
        {
            // ∂/∂z of 3 · (z̄ − t)² ÷ 3, of which each of four images has a quarter.
            var gradient = 2 * (rates[gate] - targets[gate]) / 4;
            foreach (var value in StepResults.Values(open[gate].grad!))
            {
                Assert.AreEqual(gradient, value, 1e-6, $"gate {gate}");
            }
        }
    }
}
