using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Loop;

[TestClass]
public sealed class ValidationLoopTests
{
    private const int Images = 30;

    private static readonly ResNetTrainer.Options Options = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), BatchSize = 8,
        Exits = new ExitOptions { AfterBlocks = [0, 1], Head = HeadKind.Pooled, AveragesHeads = true },
    };

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Run_AveragedHeads_IsWorkedOutFromTheirScores()
    {
        using var setting = Setting();
        var (answers, labels) = ByHand(setting);
        setting.Network.train();

        var evaluation = setting.Context.ValidationLoop.Run(Options.AllStages()[0])!;

        Assert.AreEqual(Accuracy(answers[2], labels), evaluation.Accuracy, 1e-6);
        Assert.AreEqual(answers.Average(head => Accuracy(head, labels)), evaluation.AccuracyOfHeads, 1e-6);
        Assert.AreNotEqual(evaluation.Accuracy, evaluation.AccuracyOfHeads, "The heads must differ for the test to tell.");
        Assert.AreEqual(answers[2].Zip(labels, (scores, label) => -Math.Log(Probability(scores, label))).Average(), evaluation.Loss, 1e-4);
        Assert.AreEqual(1, evaluation.ComputeFraction, 1e-6);
    }

    [TestMethod]
    public void AskExits_AveragedHeads_TellsHowCertainTheyAreAndWhetherTheyAreRight()
    {
        using var setting = Setting();
        var (answers, labels) = ByHand(setting);

        var asked = setting.Context.ValidationLoop.EvaluateExits(Options.AllStages()[0])!;

        for (var exit = 0; exit < 2; exit++)
        {
            for (var image = 0; image < Images; image++)
            {
                var scores = answers[exit][image];
                Assert.AreEqual(Probability(scores, scores.IndexOf(scores.Max())), asked.Confidence[exit][image], 1e-4);
                Assert.AreEqual(scores.IndexOf(scores.Max()) == labels[image], asked.Correct[exit][image]);
            }
        }

        CollectionAssert.AreEqual(
            answers[2].Zip(labels, (scores, label) => scores.IndexOf(scores.Max()) == label).ToArray(), asked.LastCorrect.ToArray());
    }

    [TestMethod]
    public void Run_AnyBudget_TellsGatesBudgetsOverTheWholeDial()
    {
        var options = new ConvNetAigTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), BatchSize = 10, AnyBudget = true, TargetRate = 0.3f,
            Exits = new ExitOptions { AfterBlocks = [0], Head = HeadKind.Pooled },
        };
        using var setting = new StageFixture(options, images: 10, judged: Images, batchSize: 10);
        var stage = options.AllStages()[0];
        var budgets = BudgetSandwich.OfEvaluation(setting.Context.Compute.Always);
        setting.Network.eval();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (right, spent) = (0.0, 0.0);
        foreach (var batch in setting.Validation.Plain())
        {
            var input = batch.InputOn(CPU) with { Budgets = budgets.OfImages(10, CPU) };
            var pass = setting.Network.Run(input, new ThresholdSampler());
            right += pass.Answers(average: true)[^1].argmax(1).eq(batch.LabelsOn(CPU)).sum().item<long>();
            spent += setting.Context.Compute.FractionOf(pass.Gates, batch.LabelsOn(CPU)).sum().item<float>();
        }

        var evaluation = setting.Context.ValidationLoop.Run(stage)!;

        Assert.AreEqual(budgets.Mean, evaluation.MeanBudget!.Value, 1e-9);
        Assert.AreEqual(right / Images, evaluation.Accuracy, 1e-6);
        Assert.AreEqual(spent / Images, evaluation.ComputeFraction, 1e-6);
        Assert.AreEqual(
            0.9 - 0.002, stage.ValidationScore(new ValidationResult(1, 0.9, 0.7) { MeanBudget = 0.6 }), 1e-7,
            "what is spent above it costs");
        Assert.AreEqual(0.3f, stage.FirstBudget);
    }

    private static StageFixture Setting()
    {
        var setting = new StageFixture(Options, images: 8, judged: Images, batchSize: 8);
        setting.Network.Load(Networks.TestNetworks.Weights(setting.Network.Plan, 5));
        return setting;
    }

    // Scores of each head for each image, the second head's counting twice and the third's three times.
    private static (List<double[]>[] Answers, List<int> Labels) ByHand(StageFixture setting)
    {
        List<double[]>[] answers = [[], [], []];
        var labels = new List<int>();
        using var noGradient = no_grad();
        setting.Network.eval();
        foreach (var batch in setting.Validation.Plain())
        {
            using var scope = NewDisposeScope();
            var pass = setting.Network.Run(batch.ImagesOn(CPU), FixedSampler.AllOpen);
            var heads = pass.ExitLogits.Append(pass.Logits).Select(StepResults.Values).ToArray();
            for (var image = 0; image < batch.Count; image++)
            {
                labels.Add((int)batch.Labels[image]);
                for (var head = 0; head < 3; head++)
                {
                    answers[head].Add([.. Enumerable.Range(image * 3, 3).Select(at =>
                        Enumerable.Range(0, head + 1).Sum(h => (h + 1.0) * heads[h][at]) / Enumerable.Range(1, head + 1).Sum())]);
                }
            }
        }

        return (answers, labels);
    }

    private static double Accuracy(List<double[]> answers, List<int> labels)
        => answers.Zip(labels, (scores, label) => scores.IndexOf(scores.Max()) == label ? 1.0 : 0).Average();

    private static double Probability(double[] scores, int label) => Math.Exp(scores[label]) / scores.Sum(Math.Exp);
}
