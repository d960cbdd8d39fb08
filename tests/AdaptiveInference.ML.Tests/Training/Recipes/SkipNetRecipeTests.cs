using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using Microsoft.ML;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class SkipNetRecipeTests
{
    // Its first block always runs, its second and third have gates.
    private static readonly BlockPlan Plan = BlockPlan.Of(
        Networks.TestNetworks.Cifar(NetworkKind.SkipNet) with { Architecture = ResNetArchitecture.Cifar(8), Exits = [] });

    private static readonly float[][] Open = [[1, 0], [0, 1]];
    private static readonly float[][] Logits = [[0.5f, -1.5f], [-0.25f, 2f]];
    private static readonly float[] CrossEntropy = [0.7f, 1.1f];

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Stages_AsPublished_LeaveOutWhatThePaperDoesNotHave()
    {
        var reinforcement = new SkipNetTrainer.Options { AsPublished = true }.AllStages()[1];
        var better = new SkipNetTrainer.Options().AllStages()[1];

        Assert.IsFalse(reinforcement.FreezeBatchNorm);
        Assert.IsFalse(reinforcement.ComparesWithMostLikelyPath);
        Assert.IsTrue(better.FreezeBatchNorm);
        Assert.IsTrue(better.ComparesWithMostLikelyPath);
        Assert.IsTrue(reinforcement.DecaysAll);
        Assert.IsEmpty(reinforcement.RateDropsAt!);
        CollectionAssert.AreEqual(
            new[] { 0.5, 0.75 }, new SkipNetTrainer.Options { AsPublished = true }.AllStages()[0].RateDropsAt!.ToArray());
        Assert.IsNull(better.RateDropsAt);
        Assert.IsNull(new SkipNetTrainer.Options { AsPublished = true }.AllStages()[0].PrepareFreshGates);
    }

    [TestMethod]
    public void Loss_Reinforcement_IsTheCrossEntropyAndTheAdvantageTimesTheLogProbability()
    {
        float[][] likelyOpen = [[1, 0], [1, 1]];
        float[] likelyCrossEntropy = [0.9f, 0.4f];
        var options = new SkipNetTrainer.Options { ComputePenalty = 0.3f, ReinforcementWeight = 0.2f };

        // What an image's path costs more than its most likely one, both with what their compute costs.
        AssertReinforcement(
            options,
            image => CrossEntropy[image] + (0.3 * StepResults.Fraction(Plan, Open[0][image], Open[1][image]))
                - likelyCrossEntropy[image] - (0.3 * StepResults.Fraction(Plan, likelyOpen[0][image], likelyOpen[1][image])),
            compute => StepResults.Of(compute, tensor(likelyCrossEntropy), [.. likelyOpen.Select(gate => tensor(gate))]));
    }

    [TestMethod]
    public void Loss_PublishedReinforcement_TakesTheRewardOfSkippedBlocksOff()
    {
        var options = new SkipNetTrainer.Options { AsPublished = true, ComputePenalty = 0.3f, ReinforcementWeight = 0.2f };

        // L_CE − (α/N) Σ (1 − g): each image skips one of its two blocks.
        AssertReinforcement(options, image => CrossEntropy[image] - (0.3 / 2), mostLikely: null);
    }

    [TestMethod]
    public void Loss_PublishedReinforcement_RewardsTheImageThatSkipsMore()
    {
        using var scope = NewDisposeScope();
        using var compute = new GatedComputeFraction(Plan, CPU);
        var loss = new SkipNetTrainer.Options { AsPublished = true, ComputePenalty = 1, ReinforcementWeight = 1 }.AllStages()[1].Loss;

        // Rewards are 1, ½ and 1; without cross-entropy the loss is minus their product with 2·ln ½, averaged.
        Tensor[] open = [tensor(new[] { 0f, 1f, 0f }), tensor(new[] { 0f, 0f, 0f })];
        var value = loss(StepResults.Of(compute, zeros(3), open, [zeros(3), zeros(3)])).item<float>();

        Assert.AreEqual(2 * Math.Log(2) * (1 + 0.5 + 1) / 3, value, 1e-6);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Loss_Reinforcement_HasOnAverageTheGradientOfTheExpectedCost(bool asPublished)
    {
        using var scope = NewDisposeScope();
        using var compute = new GatedComputeFraction(Plan, CPU);
        var options = new SkipNetTrainer.Options { AsPublished = asPublished, ComputePenalty = 0.3f, ReinforcementWeight = 1 };
        float[][] paths = [[0, 0], [0, 1], [1, 0], [1, 1]];
        float[] crossEntropies = [1.3f, 0.4f, 0.9f, 0.2f];
        Tensor[] logits = [tensor(new[] { 0.4f }).requires_grad_(), tensor(new[] { -0.7f }).requires_grad_()];
        var probabilities = logits.Select(logit => logit.sigmoid()).ToArray();
        var estimate = new double[2];
        var expectedCost = zeros(1);
        for (var path = 0; path < paths.Length; path++)
        {
            var probability = probabilities.Zip(paths[path], (p, open) => open == 1 ? p : 1 - p).Aggregate((p, q) => p * q);
            expectedCost += probability * (crossEntropies[path] + (0.3 * (asPublished
                ? (paths[path].Sum() / 2) - 1
                : StepResults.Fraction(Plan, paths[path]))));

            // Whatever the sampled path is compared with takes nothing off the mean.
            var drawn = logits.Select(logit => logit.detach().requires_grad_()).ToArray();
            var step = StepResults.Of(
                compute, tensor(new[] { crossEntropies[path] }), [.. paths[path].Select(open => tensor(new[] { open }))], drawn) with
            {
                MostLikely = asPublished ? null : StepResults.Of(compute, tensor(new[] { 0.6f }), [ones(1), zeros(1)]),
            };
            options.AllStages()[1].Loss(step).backward();
            for (var gate = 0; gate < drawn.Length; gate++)
            {
                estimate[gate] += probability.item<float>() * drawn[gate].grad!.item<float>();
            }
        }

        expectedCost.backward();

        Assert.AreEqual(logits[0].grad!.item<float>(), estimate[0], 1e-6);
        Assert.AreEqual(logits[1].grad!.item<float>(), estimate[1], 1e-6);
    }

    [TestMethod]
    public void Loss_Supervised_AimsForTheTargetWithItsWeight()
    {
        using var scope = NewDisposeScope();
        using var compute = new GatedComputeFraction(Plan, CPU);
        var options = new SkipNetTrainer.Options { TargetComputeFraction = 0.4f, TargetWeight = 7, InformationWeight = 0 };
        var step = StepResults.Of(compute, tensor(CrossEntropy), [.. Open.Select(gate => tensor(gate))], [zeros(2), zeros(2)]);
        var fraction = (StepResults.Fraction(Plan, 1, 0) + StepResults.Fraction(Plan, 0, 1)) / 2;

        // Half of the first three tenths of a stage are done, so that the target is half way from 1.
        Assert.AreEqual(
            0.9 + (7 * Math.Pow(fraction - 0.7, 2)), options.AllStages()[0].Loss(step with { Progress = 0.15 }).item<float>(), 1e-5);
        Assert.AreEqual(
            0.9 + (7 * Math.Pow(fraction - 0.4, 2)), options.AllStages()[0].Loss(step with { Progress = 1 }).item<float>(), 1e-5);
        Assert.AreEqual(0.9, (options with { AsPublished = true }).AllStages()[0].Loss(step).item<float>(), 1e-6);
    }

    [TestMethod]
    public void ValidationScore_Stages_CountAccuracyWithinTheTargetAndThenWhatReinforcementMinimises()
    {
        var stages = new SkipNetTrainer.Options { TargetComputeFraction = 0.5f, ComputePenalty = 0.3f }.AllStages();
        var evaluation = new ValidationResult(Loss: 0.8, Accuracy: 0.7, ComputeFraction: 0.6);

        Assert.AreEqual(0.7 - 0.08, stages[0].ValidationScore(evaluation), 1e-7);
        Assert.AreEqual(-(0.8 + (0.3 * 0.6)), stages[1].ValidationScore(evaluation), 1e-7);
    }

    [TestMethod]
    [DataRow(GateKind.Recurrent, "control.proj.bias", new[] { 1.9f })]
    [DataRow(GateKind.FeedForwardI, "layer2.0.gate.linear.bias", new[] { 0f, 1.9f })]
    public void PrepareFreshGates_AnyGate_StartsItOpen(GateKind gate, string bias, float[] expected)
    {
        using var network = new GatedResNetModule(BlockPlan.Of(Plan.Spec with { Gate = gate }), 1);

        new SkipNetTrainer.Options().AllStages()[0].PrepareFreshGates!(network);

        CollectionAssert.AreEqual(expected, StepResults.Values(network.get_parameter(bias)!));
    }

    [TestMethod]
    public void Fit_AsPublished_LearnsAndThenClosesGatesForTheReward()
    {
        var context = new MLContext(1);
        var history = new TrainingHistory();
        var options = new SkipNetTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, ReinforcementEpochs = 3, BatchSize = 16, Seed = 1, AsPublished = true,
            ComputePenalty = 2, ReinforcementWeight = 1, ReinforcementLearningRate = 0.02f, ValidationFraction = 0,
            Progress = history,
        };

        using var model = Trainers.Create(context, options).Fit(SyntheticImages.View(context, SyntheticImages.Rows(300)));

        var metrics = context.MulticlassClassification.EvaluateAdaptive(
            model.Transform(SyntheticImages.View(context, SyntheticImages.Rows(150, seed: 9))));
        Assert.IsGreaterThan(0.8, metrics.Classification.MicroAccuracy);

        // From 70 % of the compute to 42 %; a reward of the other sign ends with all gates open.
        var supervised = history.Epochs.Last(epoch => epoch.Stage == TrainingStage.Supervised).ComputeFraction;
        Assert.IsLessThan(supervised - 0.1, metrics.MeanComputeFraction);
    }

    private static void AssertReinforcement(
        SkipNetTrainer.Options options, Func<int, double> advantage, Func<GatedComputeFraction, StepResult>? mostLikely)
    {
        using var scope = NewDisposeScope();
        using var compute = new GatedComputeFraction(Plan, CPU);
        var crossEntropy = tensor(CrossEntropy).requires_grad_();
        var logits = Logits.Select(gate => tensor(gate).requires_grad_()).ToArray();
        var step = StepResults.Of(compute, crossEntropy, [.. Open.Select(gate => tensor(gate))], logits) with
        {
            MostLikely = mostLikely?.Invoke(compute),
        };

        var loss = options.AllStages()[1].Loss(step);
        loss.backward();

        var expected = 0.0;
        for (var image = 0; image < 2; image++)
        {
            expected += CrossEntropy[image] / 2;
            for (var gate = 0; gate < 2; gate++)
            {
                var (open, probability) = (Open[gate][image], StepResults.Sigmoid(Logits[gate][image]));
                expected += 0.2 * advantage(image) * Math.Log(open == 1 ? probability : 1 - probability) / 2;
                Assert.AreEqual(0.2 * advantage(image) * (open - probability) / 2, StepResults.Values(logits[gate].grad!)[image], 1e-6);
            }
        }

        Assert.AreEqual(expected, loss.item<float>(), 1e-6);

        // The advantage is a number: no gradient reaches the network through it.
        CollectionAssert.AreEqual(new[] { 0.5f, 0.5f }, StepResults.Values(crossEntropy.grad!));
    }
}
