using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.Recipes;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Samplers;

[TestClass]
public sealed class BatchBudgetsTests
{
    private static readonly BatchBudgets Budgets = new([0.5f, 1, 0.25f]);

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void OfImages_MoreImagesThanParts_AreDealtOutInTurns()
    {
        using var budgets = Budgets.OfImages(5, CPU);

        CollectionAssert.AreEqual(new[] { 0.5f, 1, 0.25f, 0.5f, 1 }, budgets.data<float>().ToArray());
        Assert.AreEqual(1.75 / 3, Budgets.Mean, 1e-9);
    }

    [TestMethod]
    public void Limited_Images_AreThoseThatAreNotToldTheWhole()
    {
        using var limited = Budgets.Limited(5, CPU);

        CollectionAssert.AreEqual(new long[] { 0, 2, 3 }, limited.data<long>().ToArray());
    }

    [TestMethod]
    public void PartsOf_Values_AreTheRowsOfEachLimitedPartThatHasImages()
    {
        using var scope = NewDisposeScope();

        var parts = Budgets.PartsOf(tensor(new[] { 10f, 11, 12, 13, 14 })).ToList();
        var few = Budgets.PartsOf(tensor(new[] { 10f, 11 })).ToList();

        Assert.HasCount(2, parts);
        Assert.AreEqual(0.5f, parts[0].Budget);
        CollectionAssert.AreEqual(new[] { 10f, 13 }, parts[0].Values.contiguous().data<float>().ToArray());
        Assert.AreEqual(0.25f, parts[1].Budget);
        CollectionAssert.AreEqual(new[] { 12f }, parts[1].Values.contiguous().data<float>().ToArray());
        Assert.AreEqual(0.5f, few.Single().Budget);
    }

    [TestMethod]
    [DataRow(0.01, 0.2)]
    [DataRow(0.3, 0.35)]
    [DataRow(0.99, 1.0)]
    public void Least_OfANetwork_LeavesGatesSomethingToDecide(double always, double expected)
        => Assert.AreEqual(expected, BudgetSandwich.Least(always), 1e-9);

    [TestMethod]
    public void Draw_Steps_SeeTheWholeTheLeastAndOneOfEitherHalf()
    {
        var random = RandomStream.Of(1, RandomStream.Purpose.Budgets, 1);
        var again = RandomStream.Of(1, RandomStream.Purpose.Budgets, 1);
        var firsts = new HashSet<float>();
        for (var step = 0; step < 100; step++)
        {
            var parts = BudgetSandwich.Draw(ref random, 0.3).Parts;

            CollectionAssert.AreEqual(parts.ToArray(), BudgetSandwich.Draw(ref again, 0.3).Parts.ToArray());
            var sorted = parts.Order().ToArray();
            Assert.AreEqual(0.35f, sorted[0]);
            Assert.IsInRange(0.35f, 0.675f, sorted[1]);
            Assert.IsInRange(0.675f, 1f, sorted[2]);
            Assert.AreEqual(1f, sorted[3]);
            firsts.Add(parts[0]);
        }

        Assert.IsGreaterThan(40, firsts.Count, "each kind of part comes first now and then");
    }

    [TestMethod]
    public void OfEvaluation_Budgets_AreEvenlySpaced()
    {
        var parts = BudgetSandwich.OfEvaluation(0.05).Parts;

        foreach (var (part, expected) in parts.Zip([0.2f, 0.4f, 0.6f, 0.8f, 1f]))
        {
            Assert.AreEqual(expected, part, 1e-6f);
        }
    }
}
