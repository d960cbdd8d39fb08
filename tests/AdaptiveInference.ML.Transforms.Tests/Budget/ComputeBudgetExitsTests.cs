using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Budget;

[TestClass]
public sealed class ComputeBudgetExitsTests
{
    [TestMethod]
    public void Choose_OneExit_LetsTheSurestLeave()
    {
        // Ten images, ever surer of themselves; leaving costs 0.2 in place of 1 and a worth of 0.1.
        var answers = Answers(
            [[.. Enumerable.Range(0, 10).Select(i => 0.5 + (0.04 * i))]], [Same(0.2), Same(1)], [Same(0.8), Same(0.9)]);

        var choice = ComputeBudgetExits.Choose(answers, 0.6);

        Assert.AreEqual(0.6, choice.Fraction, 1e-9);
        Assert.AreEqual(0.85, choice.Worth, 1e-9);
        Assert.IsTrue(choice.Thresholds[0] is > 0.66f and <= 0.7f, $"{choice.Thresholds[0]}");
    }

    [TestMethod]
    public void Choose_ExitThatIsNoGood_IsLeftOutForTheNext()
    {
        var sure = Enumerable.Range(0, 10).Select(i => 0.9 + (0.001 * i)).ToArray();
        var answers = Answers([sure, sure], [Same(0.1), Same(0.3), Same(1)], [Same(0.1), Same(0.9), Same(0.95)]);

        var choice = ComputeBudgetExits.Choose(answers, 0.3);

        Assert.AreEqual(1, choice.Thresholds[0]);
        Assert.IsLessThanOrEqualTo(0.9f, choice.Thresholds[1]);
        Assert.AreEqual(0.9, choice.Worth, 1e-9);
    }

    [TestMethod]
    public void Choose_BudgetForAll_NobodyLeaves()
    {
        var answers = Answers([Same(0.99)], [Same(0.2), Same(1)], [Same(0.8), Same(0.9)]);

        var choice = ComputeBudgetExits.Choose(answers, 1);

        CollectionAssert.AreEqual(new[] { 1f }, choice.Thresholds);
        Assert.AreEqual(1, choice.Fraction, 1e-9);
    }

    [TestMethod]
    public void Choose_RandomAnswers_NeverExceedsTheBudgetAndBeatsOneThresholdForAll()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            double[][] confidence = [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, 200).Select(_ => random.NextDouble()).ToArray())];
            var quality = new[] { 0.7, 0.8, 0.9, 0.95 };
            var worth = quality.Select((best, head) => Enumerable.Range(0, 200)
                .Select(image => head < 3 ? best * (0.5 + (0.5 * confidence[head][image])) : best).ToArray()).ToArray();
            var answers = Answers(confidence, [Same(0.1, 200), Same(0.3, 200), Same(0.6, 200), Same(1, 200)], worth);
            var budget = 0.2 + (0.7 * random.NextDouble());

            var choice = ComputeBudgetExits.Choose(answers, budget);

            Assert.IsInRange(budget - 0.02, budget, choice.Fraction, $"seed {seed}");
            Assert.IsGreaterThanOrEqualTo(WorthOfOneThreshold(answers, budget), choice.Worth + 1e-4, $"seed {seed}");
        }
    }

    private static double[] Same(double value, int images = 10) => [.. Enumerable.Repeat(value, images)];

    private static ComputeBudgetAnswers Answers(double[][] confidence, double[][] cost, double[][] worth) => new()
    {
        Policy = ScoringPolicy.Default, ExitCost = new double[confidence.Length], Confidence = confidence, Cost = cost, Worth = worth,
    };

    private static double WorthOfOneThreshold(ComputeBudgetAnswers answers, double budget)
    {
        var best = 0.0;
        for (var threshold = 0.0; threshold < 1; threshold += 0.002)
        {
            var (fraction, worth) = (0.0, 0.0);
            for (var image = 0; image < answers.Images; image++)
            {
                var head = 0;
                while (head < answers.Exits && answers.Confidence[head][image] < threshold)
                {
                    head++;
                }

                fraction += answers.Cost[head][image] / answers.Images;
                worth += answers.Worth[head][image] / answers.Images;
            }

            best = fraction <= budget ? Math.Max(best, worth) : best;
        }

        return best;
    }
}
