using AdaptiveInference.ML.Transforms.ExitHeads;

namespace AdaptiveInference.ML.Transforms.Tests.ExitHeads;

[TestClass]
public sealed class HeadScalesTests
{
    [TestMethod]
    public void Choose_OneHead_MakesItAsSureAsItIsRight()
    {
        // Scores of ±1 that are right in 3 of 4 rows: σ(2s) = 3/4 at s = ln(3)/2.
        float[][] scores = [[1, -1], [1, -1], [1, -1], [-1, 1]];

        var (scales, means) = HeadScales.Choose([scores], [0, 0, 0, 0]);

        Assert.AreEqual(Math.Log(3) / 2, scales[0], 1e-3);
        Assert.AreEqual(scales[0], means[0][0]![0], 1e-6);
    }

    [TestMethod]
    public void Choose_SecondHeadOfNoise_CountsLittle()
    {
        var random = new Random(2);
        int[] labels = [.. Enumerable.Range(0, 200).Select(row => row % 2)];
        float[][] good = [.. labels.Select(label => Noisy(label == 0 ? 2 : -2))], bad = [.. labels.Select(_ => Noisy(0))];

        var (scales, means) = HeadScales.Choose([good, bad], labels);

        Assert.IsLessThan(scales[0] / 2, scales[1]);

        // The mean is that of the first head counting once and the second counting twice.
        Assert.AreEqual(((scales[0] * good[5][0]) + (2 * scales[1] * bad[5][0])) / 3, means[1][5]![0], 1e-5);

        float[] Noisy(double centre) => [(float)(centre + (4 * random.NextDouble()) - 2), 0];
    }

    [TestMethod]
    public void Loss_RowsWithoutAnAnswer_AreLeftOut()
        => Assert.AreEqual(Math.Log(2), HeadScales.Loss([[0, 0], null, [3, 3]], [0, 1, 1]), 1e-12);

    [TestMethod]
    public void Answers_OfThreeRows_SayConfidenceAndWhetherItIsRight()
    {
        float[]?[][] means = [[[0, (float)Math.Log(3)], null, [(float)Math.Log(4), 0]], [[1, 0], null, [0, 1]]];

        var answers = HeadScales.Answers(means, [1, 0, 1]);

        Assert.AreEqual(0.75f, answers.Confidence[0][0], 1e-6f);
        Assert.AreEqual(0.8f, answers.Confidence[0][1], 1e-6f);
        CollectionAssert.AreEqual(new[] { true, false }, answers.Correct[0].ToArray());
        CollectionAssert.AreEqual(new[] { false, true }, answers.LastCorrect.ToArray());
    }
}
