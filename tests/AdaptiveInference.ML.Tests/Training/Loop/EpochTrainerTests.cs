using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Loop;
using AdaptiveInference.ML.Training.Optimisation;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Loop;

[TestClass]
public sealed class EpochTrainerTests
{
    private static readonly ResNetTrainer.Options Options = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), BatchSize = 8, LabelSmoothing = 0.3f, Momentum = 0.9f,
    };

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Step_SmoothedLabels_MovesAlongTheGradientByHand()
    {
        using var setting = new StageFixture(Options, images: 8, judged: 0, batchSize: 8);
        var before = StepResults.Values(setting.Bias);
        StepResult? seen = null;
        float[] logits = [];
        long[] labels = [];
        using var optimizer = new Sgd(ParameterGroups.Of(setting.Network, 0, decaysAll: false), Options.Momentum);
        var stage = Options.AllStages()[0] with
        {
            Loss = step =>
            {
                (seen, logits, labels) = (step, StepResults.Values(step.Pass.Logits), step.Labels.data<long>().ToArray());
                return step.CrossEntropy.mean();
            },
        };
        var trainer = new EpochTrainer(setting.Context, stage, 1, stage.Sampler(torch.random.manual_seed(1)), optimizer);
        setting.Network.train();

        trainer.Step(setting.Context.Training.Varied(1, 1).Single(), rate: 0.05f, progress: 0.25);

        // The right class is wanted with 0.7 + 0.1, each other with 0.1; the first step of Nesterov's momentum is 1.9 times the gradient.
        var (gradient, loss, right) = (new double[3], 0.0, 0);
        for (var image = 0; image < 8; image++)
        {
            var scores = logits[(image * 3)..((image + 1) * 3)];
            var sum = scores.Sum(score => Math.Exp(score));
            for (var c = 0; c < 3; c++)
            {
                var (probability, wanted) = (Math.Exp(scores[c]) / sum, c == labels[image] ? 0.8 : 0.1);
                gradient[c] += (probability - wanted) / 8;
                loss -= wanted * Math.Log(probability) / 8;
            }

            right += scores.IndexOf(scores.Max()) == labels[image] ? 1 : 0;
        }

        for (var c = 0; c < 3; c++)
        {
            Assert.AreEqual(before[c] - (0.05 * 1.9 * gradient[c]), StepResults.Values(setting.Bias)[c], 1e-5);
        }

        Assert.AreEqual(0.25, seen!.Progress);
        Assert.IsNull(seen.MostLikely);
        Assert.AreEqual(loss, trainer.Totals.Mean.Loss, 1e-5);
        Assert.AreEqual(right / 8.0, trainer.Totals.Mean.Accuracy, 1e-6);
        Assert.AreEqual(1, trainer.Totals.Mean.ComputeFraction, 1e-6);
    }

    [TestMethod]
    public void Step_WithExits_AddsTheirLossToTheStages()
    {
        var options = Options with { Exits = new ExitOptions { AfterBlocks = [0], Head = HeadKind.Pooled, LossWeight = 0.25f } };
        using var setting = new StageFixture(options, images: 8, judged: 0, batchSize: 8);
        var exit = setting.Network.named_parameters()
            .Single(p => p.name.StartsWith("exits.", StringComparison.Ordinal) && p.parameter.dim() == 1);
        var before = StepResults.Values(exit.parameter);
        double[] gradient = [];
        using var optimizer = new Sgd(ParameterGroups.Of(setting.Network, 0, decaysAll: false), 0);
        var stage = options.AllStages()[0] with
        {
            Loss = step =>
            {
                using var _ = no_grad();
                var wanted = (nn.functional.one_hot(step.Labels, 3) * 0.7f) + 0.1f;
                gradient = [.. StepResults.Values((step.Pass.ExitLogits[0].softmax(1) - wanted).mean([0])).Select(value => (double)value)];
                return step.CrossEntropy.mean().detach();
            },
        };
        setting.Network.train();

        new EpochTrainer(setting.Context, stage, 1, stage.Sampler(torch.random.manual_seed(1)), optimizer)
            .Step(setting.Context.Training.Varied(1, 1).Single(), rate: 0.1f, progress: 0);

        for (var c = 0; c < 3; c++)
        {
            Assert.AreEqual(before[c] - (0.1 * 0.25 * gradient[c]), StepResults.Values(exit.parameter)[c], 1e-6);
        }
    }

    [TestMethod]
    public void Step_AnyBudget_MixesBudgetsAndMovesStatisticsOnce()
    {
        var options = new ConvNetAigTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), BatchSize = 8, AnyBudget = true };
        using var setting = new StageFixture(options, images: 8, judged: 0, batchSize: 8);
        using var optimizer = new Sgd(ParameterGroups.Of(setting.Network, 0, decaysAll: false), 0);
        StepResult? seen = null;
        float[] open = [], budgets = [];
        var stage = options.AllStages()[0];
        stage = stage with
        {
            Loss = step =>
            {
                (seen, open) = (step, StepResults.Values(step.Pass.Gates[0].Open));
                budgets = StepResults.Values(step.Budgets!.OfImages(8, CPU));
                return options.AllStages()[0].Loss(step);
            },
        };
        using var scope = NewDisposeScope();
        var batch = setting.Context.Training.Varied(1, 1).Single();

        // The stem comes before all gates: its statistics are those of the images, moved by a tenth.
        using var same = new GatedResNetModule(setting.Network.Plan, 1);
        same.Load(setting.Network.Export());
        same.train();
        same.Run(batch.InputOn(CPU), FixedSampler.AllOpen);
        setting.Network.train();

        new EpochTrainer(setting.Context, stage, 1, stage.Sampler(torch.random.manual_seed(1)), optimizer)
            .Step(batch, rate: 0.1f, progress: 0);

        CollectionAssert.AreEqual(
            StepResults.Values(same.get_buffer("bn1.running_mean")!), StepResults.Values(setting.Network.get_buffer("bn1.running_mean")!));
        Assert.AreEqual(2, budgets.Count(budget => budget == 1));
        Assert.AreEqual(2, budgets.Count(budget => Math.Abs(budget - budgets.Min()) < 1e-6));
        Assert.IsTrue(open.Zip(budgets).All(image => image.Second < 1 || image.First == 1));
        Assert.HasCount(4, seen!.Budgets!.Parts);
    }

    [TestMethod]
    public void Step_ComparingStage_AlsoRunsTheMostLikelyPathWithoutGradient()
    {
        var options = new SkipNetTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), BatchSize = 8 };
        using var setting = new StageFixture(options, images: 8, judged: 0, batchSize: 8);
        using var optimizer = new Sgd(ParameterGroups.Of(setting.Network, 0, decaysAll: false), 0);
        var stage = options.AllStages()[1];
        var checks = 0;
        stage = stage with
        {
            Loss = step =>
            {
                var likely = step.MostLikely!;
                Assert.IsFalse(likely.CrossEntropy.requires_grad);
                foreach (var gate in likely.Pass.Gates)
                {
                    CollectionAssert.AreEqual(StepResults.Values(gate.Logit.gt(0).to(ScalarType.Float32)), StepResults.Values(gate.Open));
                    checks++;
                }

                return options.AllStages()[1].Loss(step);
            },
        };

        new EpochTrainer(setting.Context, stage, 1, stage.Sampler(torch.random.manual_seed(1)), optimizer)
            .Step(setting.Context.Training.Varied(1, 1).Single(), rate: 0.1f, progress: 0);

        Assert.AreEqual(2, checks);
    }
}
