using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Tests.Budget;

[TestClass]
public sealed class ExitThresholdsForBudgetTests
{
    [TestMethod]
    public void Choose_OneExit_LetsTheSurestLeave()
    {
        // Ten images, ever surer of themselves; leaving costs 0.2 in place of 1 and 0.1 of expected accuracy.
        var answers = Answers(
            [[.. Enumerable.Range(0, 10).Select(i => 0.5 + (0.04 * i))]], [Same(0.2), Same(1)], [Same(0.8), Same(0.9)]);

        var choice = ExitThresholdsForBudget.Choose(answers, 0.6);

        Assert.AreEqual(0.6, choice.Fraction, 1e-9);
        Assert.AreEqual(0.85, choice.ExpectedAccuracy, 1e-9);
        Assert.IsTrue(choice.Thresholds[0] is > 0.66f and <= 0.7f, $"{choice.Thresholds[0]}");
    }

    [TestMethod]
    public void Choose_ExitThatIsNoGood_IsLeftOutForTheNext()
    {
        var sure = Enumerable.Range(0, 10).Select(i => 0.9 + (0.001 * i)).ToArray();
        var answers = Answers([sure, sure], [Same(0.1), Same(0.3), Same(1)], [Same(0.1), Same(0.9), Same(0.95)]);

        var choice = ExitThresholdsForBudget.Choose(answers, 0.3);

        Assert.AreEqual(1, choice.Thresholds[0]);
        Assert.IsLessThanOrEqualTo(0.9f, choice.Thresholds[1]);
        Assert.AreEqual(0.9, choice.ExpectedAccuracy, 1e-9);
    }

    [TestMethod]
    public void Choose_BudgetForAll_NobodyLeaves()
    {
        var answers = Answers([Same(0.99)], [Same(0.2), Same(1)], [Same(0.8), Same(0.9)]);

        var choice = ExitThresholdsForBudget.Choose(answers, 1);

        CollectionAssert.AreEqual(new[] { 1f }, choice.Thresholds);
        Assert.AreEqual(1, choice.Fraction, 1e-9);
    }

    [TestMethod]
    public void Choose_RandomAnswers_NeverExceedsTheBudgetAndBeatsOneThresholdForAll()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            double[][] confidence =
                [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, 200).Select(_ => random.NextDouble()).ToArray())];
            var quality = new[] { 0.7, 0.8, 0.9, 0.95 };
            var accuracy = quality.Select((best, head) => Enumerable.Range(0, 200)
                .Select(image => head < 3 ? best * (0.5 + (0.5 * confidence[head][image])) : best).ToArray()).ToArray();
            var answers = Answers(confidence, [Same(0.1, 200), Same(0.3, 200), Same(0.6, 200), Same(1, 200)], accuracy);
            var budget = 0.2 + (0.7 * random.NextDouble());

            var choice = ExitThresholdsForBudget.Choose(answers, budget);

            Assert.IsInRange(budget - 0.02, budget, choice.Fraction, $"seed {seed}");
            Assert.IsGreaterThanOrEqualTo(AccuracyOfOneThreshold(answers, budget), choice.ExpectedAccuracy + 1e-4, $"seed {seed}");
        }
    }

    [TestMethod]
    public void Choose_ConfidenceExactlyAsAsked_Leaves()
    {
        // The exit is right where it gives ¾ and wrong where it gives ½.
        var choice = ExitThresholdsForBudget.Choose(
            Answers([[0.75, 0.75, 0.5, 0.5]], [Same(0.2, 4), Same(1, 4)], [[1, 1, 0, 0], Same(1, 4)]), 0.6);

        Assert.AreEqual(0.75f, choice.Thresholds[0]);
        Assert.AreEqual(0.6, choice.Fraction, 1e-9);
        Assert.AreEqual(1, choice.ExpectedAccuracy, 1e-9);
    }

    [TestMethod]
    public void Choose_FirstExitWorthless_PassesItBy()
    {
        var choice = ExitThresholdsForBudget.Choose(
            Answers([Same(0.9), Same(0.9)], [Same(0.2), Same(0.5), Same(1)], [Same(0), Same(1), Same(1)]), 0.5);

        Assert.AreEqual(1f, choice.Thresholds[0]);
        Assert.AreEqual(0.5, choice.Fraction, 1e-9);
        Assert.AreEqual(1, choice.ExpectedAccuracy, 1e-9);
    }

    [TestMethod]
    public void Choose_ImageThatLeavesBefore_HasNoSayAtTheNextExit()
    {
        // The first image leaves at the first exit, which is wrong about the second; the second exit is right about the second alone.
        var choice = ExitThresholdsForBudget.Choose(
            Answers([[0.9, 0.75], [0.8, 0.7]], [Same(0.2, 2), Same(0.9, 2), Same(1, 2)], [[1, 0], [0, 1], [1, 1]]), 0.57);

        Assert.AreEqual(0.55, choice.Fraction, 1e-9);
        Assert.AreEqual(1, choice.ExpectedAccuracy, 1e-9);
    }

    [TestMethod]
    public void Choose_ExitThatCostsMoreToAskThanItSaves_IsNotAsked()
    {
        // A tenth of the images could leave at the first exit, and evaluating it costs all of them.
        var answers = new ComputeBudgetAnswers
        {
            Policy = ScoringPolicy.Default,
            ExitCost = [0.3, 0],
            Confidence = [[0.9, .. Same(0.1, 9)], Same(0.8)],
            Cost = [Same(0.5), Same(0.6), Same(1)],
            CorrectProbability = [[1, .. Same(0, 9)], Same(1), Same(1)],
        };

        var choice = ExitThresholdsForBudget.Choose(answers, 0.65);

        Assert.AreEqual(1f, choice.Thresholds[0]);
        Assert.AreEqual(0.6, choice.Fraction, 1e-9);
        Assert.AreEqual(1, choice.ExpectedAccuracy, 1e-9);
    }

    [TestMethod]
    public void Best_ChoicesNearTheBudget_TakesTheOneWorthMost()
    {
        var answers = Answers([], [Same(1)], [Same(1)]);
        ExitThresholdsForBudget cheap = new(answers, [], 0.3, 0.99), near = new(answers, [], 0.585, 0.9);
        ExitThresholdsForBudget nearest = new(answers, [], 0.6, 0.8);

        Assert.AreSame(near, ComputeBudget.Best([cheap, near, nearest], 0.6));
        Assert.AreSame(cheap, ComputeBudget.Best([cheap], 0.6));
    }

    [TestMethod]
    public void Ask_GivenAJudge_TakesItsWordForWhatAnswersAreWorth()
    {
        var context = new MLContext(1);
        var spec = TestModels.Spec(NetworkKind.ResNet) with { Exits = [new ExitSpec(0, HeadKind.Pooled)] };
        using var transformer = TestModels.Transformer(spec, context);
        var images = ComputeBudgetImages.Read(
            transformer.Model, transformer.Plan, TestModels.Columns.Features, TestModels.View(context, TestModels.Rows(5)));
        var reference = Enumerable.Range(0, 5).Select(image => Enumerable.Repeat(image / 8f, TestModels.Names.Length).ToArray()).ToArray();

        var (answers, mean) = ComputeBudgetAnswers.Evaluate(images, ScoringPolicy.Default, reference);

        foreach (var head in answers.CorrectProbability)
        {
            CollectionAssert.AreEqual(new[] { 0, 0.125, 0.25, 0.375, 0.5 }, head);
        }

        Assert.IsTrue(mean.All(probabilities => Math.Abs(probabilities.Sum() - 1) < 1e-5));
        Assert.IsTrue(answers.Confidence[0].All(confidence => confidence is > 0.25 and <= 1));
    }

    private static double[] Same(double value, int images = 10) => [.. Enumerable.Repeat(value, images)];

    private static ComputeBudgetAnswers Answers(double[][] confidence, double[][] cost, double[][] probability) => new()
    {
        Policy = ScoringPolicy.Default, ExitCost = new double[confidence.Length], Confidence = confidence, Cost = cost,
        CorrectProbability = probability,
    };

    private static double AccuracyOfOneThreshold(ComputeBudgetAnswers answers, double budget)
    {
        var best = 0.0;
        for (var threshold = 0.0; threshold < 1; threshold += 0.002)
        {
            var (fraction, accuracy) = (0.0, 0.0);
            for (var image = 0; image < answers.Images; image++)
            {
                var head = 0;
                while (head < answers.Exits && answers.Confidence[head][image] < threshold)
                {
                    head++;
                }

                fraction += answers.Cost[head][image] / answers.Images;
                accuracy += answers.CorrectProbability[head][image] / answers.Images;
            }

            best = fraction <= budget ? Math.Max(best, accuracy) : best;
        }

        return best;
    }
}
