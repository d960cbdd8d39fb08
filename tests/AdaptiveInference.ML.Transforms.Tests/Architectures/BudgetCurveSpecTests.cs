using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Tests.Scoring;

namespace AdaptiveInference.ML.Transforms.Tests.Architectures;

[TestClass]
public sealed class BudgetCurveSpecTests
{
    private static readonly float[] Values = [-5, -4, -2, 0, 1, 2, 3, 5, 7, 9, 20];

    [TestMethod]
    [DataRow(0f, -5f)]
    [DataRow(0.05f, -4.5f)]
    [DataRow(0.25f, -1f)]
    [DataRow(0.3f, 0f)]
    [DataRow(0.975f, 17.25f)]
    [DataRow(1f, 20f)]
    [DataRow(-1f, -5f)]
    [DataRow(2f, 20f)]
    public void At_Budget_LiesOnTheLineBetweenItsKnots(float budget, float expected)
        => Assert.AreEqual(expected, BudgetCurveSpec.At(Values, budget), 1e-5f);

    [TestMethod]
    [DataRow(NetworkKind.SkipNet, 5)]
    [DataRow(NetworkKind.ConvNetAig, 6)]
    public void Of_AnyBudget_EveryGateHasACurveBehindItsLayers(NetworkKind network, int gates)
    {
        var spec = TestModels.Spec(network);
        var before = WeightLayout.Of(BlockPlan.Of(spec)).Select(tensor => tensor.Name).ToList();
        var plan = BlockPlan.Of(spec with { AnyBudget = true });
        var names = WeightLayout.Of(plan).Select(tensor => tensor.Name).ToList();

        var curves = names.Where(name => name.EndsWith(".gate.budget.bias", StringComparison.Ordinal)).ToList();

        Assert.HasCount(gates, curves);
        Assert.AreEqual(gates, plan.Blocks.Count(block => block.IsGated));
        Assert.IsTrue(plan.Blocks.All(block => block.IsGated == block.BudgetCurve is not null));
        CollectionAssert.AreEqual(before, names.Except(curves).ToList());
        CollectionAssert.AreEqual(before, WeightLayout.Of(BlockPlan.Of(spec)).Select(tensor => tensor.Name).ToList());
    }

    [TestMethod]
    public void Of_AnyBudgetWithoutGates_IsRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => BlockPlan.Of(TestModels.Spec(NetworkKind.ResNet) with { AnyBudget = true }));

        Assert.AreEqual("Only gates can be told a budget, and a ResNet has none.", error.Message);
    }
}
