using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Promises;

namespace AdaptiveInference.ML.Transforms.Tests.Promises;

[TestClass]
public sealed class ClassDistanceFitTests
{
    // Directions (1, 0) and (0.6, 0.8), (0, 1) and (0.8, 0.6): means (0.8, 0.4) and (0.4, 0.8).
    private static readonly (float[] Features, int Label)[] Rows = [([2, 0], 0), ([3, 4], 0), ([0, 5], 1), ([4, 3], 1)];

    [TestMethod]
    public void Build_TwoClasses_HasTheirMeansAndWeighsByTheVarianceWithin()
    {
        var distances = Fit(Rows, classes: 2).Heads[0];

        CollectionAssert.AreEqual(new[] { 0.8f, 0.4f, 0.4f, 0.8f }, distances.Means.Select(mean => MathF.Round(mean, 6)).ToArray());

        // Within classes the first channel varies by 0.2² and 0.4², the second by 0.4² and 0.2²: 0.1 each, and a thousandth more.
        var before = 1 / (2 * (0.1 + 0.0001));

        // Each row is sqrt(0.2² + 0.4²) from the mean of its class, and twice as far from that of the other row.
        var unit = 4 * before * (0.04 + 0.16);
        Assert.AreEqual(before / unit, distances.Weights[0], 1e-4);
        Assert.AreEqual(before / unit, distances.Weights[1], 1e-4);
    }

    [TestMethod]
    public void Build_ManyRows_PutsOneInAHundredBeyond()
    {
        var random = new Random(5);
        (float[], int)[] rows =
        [
            .. Enumerable.Range(0, 2_000).Select(i => (new[] { 1 + random.NextSingle(), (i % 2) + random.NextSingle(), 1f }, i % 2)),
        ];

        var distances = Fit(rows, classes: 2);

        var beyond = rows.Count(row => distances.Heads[0].Of(row.Item1, row.Item2) > 1);
        Assert.IsInRange(15, 20, beyond);
        Assert.IsGreaterThan(5.0, distances.Heads[0].Of([0, 0, 1], 0));
    }

    [TestMethod]
    public void Build_ClassWithoutRows_HasTheMeanOfAllAndUnknownOnesAreNone()
    {
        var distances = Fit([.. Rows, ([1, 1], -1), ([1, 1], -2)], classes: 3).Heads[0];

        CollectionAssert.AreEqual(
            new[] { 0.8f, 0.4f, 0.4f, 0.8f, 0.6f, 0.6f }, distances.Means.Select(mean => MathF.Round(mean, 6)).ToArray());
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    public void Build_RowsThatSayNothing_GivesFiniteNumbers(int count)
    {
        foreach (var features in (float[][])[[0, 0], [1, 2]])
        {
            var head = Fit([.. Enumerable.Repeat((features, 0), count)], classes: 2).Heads[0];

            Assert.IsTrue(head.Means.Concat(head.Weights).All(float.IsFinite));
            Assert.IsTrue(head.Weights.All(weight => weight >= 0));
            Assert.IsLessThanOrEqualTo(1.0, head.Of(features, count == 0 ? 1 : 0) * (count == 0 ? 0 : 1));
        }
    }

    [TestMethod]
    public void Build_OneRowOfEachClass_WeighsByTheVarianceOfAll()
    {
        var distances = Fit([([1, 0], 0), ([0, 1], 1)], classes: 2).Heads[0];

        // Each channel varies by 0.5² around the mean of both.
        Assert.AreEqual((0.04 + 0.36) / (2 * 0.25025), distances.Of([4, 3], 0), 1e-4);
    }

    [TestMethod]
    public void Build_SeveralHeads_AreEachOfTheirOwnChannels()
    {
        var fit = new ClassDistanceFit(1, [1, 2]);
        fit.Add(0, [7, 3, 4]);

        var distances = fit.Build([]);

        CollectionAssert.AreEqual(new[] { 1f }, distances.Heads[0].Means);
        CollectionAssert.AreEqual(new[] { 0.6f, 0.8f }, distances.Heads[1].Means);
    }

    private static ClassDistances Fit((float[] Features, int Label)[] rows, int classes)
    {
        var fit = new ClassDistanceFit(classes, [rows.Length == 0 ? 2 : rows[0].Features.Length]);
        foreach (var (features, label) in rows)
        {
            fit.Add(label, features);
        }

        return fit.Build(rows.Where(row => row.Label >= 0)
            .Select(row => (new AnsweredFeatures(0, row.Label, 0.9f, row.Features), row.Label)));
    }
}
