using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>Thresholds that can be set can be read.</summary>
[TestClass]
public sealed class DialTests
{
    private static readonly NetworkSpec Spec = TestModels.Spec() with
    {
        Exits = [new ExitSpec(0, HeadKind.Grid), new ExitSpec(3, HeadKind.Pooled)],
    };

    [TestMethod]
    public void GateThreshold_UntilTurned_IsTheNetworksOwnRule()
    {
        var network = TestModels.Transformer(Spec);

        Assert.IsNull(network.GateThreshold);
        Assert.AreEqual(0.7f, network.WithGateThreshold(0.7f).GateThreshold);
        Assert.IsNull(network.GateThreshold);
    }

    [TestMethod]
    public void ExitConfidences_OnePerExit_AreWhatWasSet()
    {
        var network = TestModels.Transformer(Spec);

        CollectionAssert.AreEqual(new[] { 1f, 1f }, network.ExitConfidences.ToArray());
        CollectionAssert.AreEqual(new[] { 0.9f, 0.9f }, network.WithExitConfidence(0.9f).ExitConfidences.ToArray());
        Assert.IsEmpty(TestModels.Transformer().WithExitConfidence(0.9f).ExitConfidences);
    }

    [TestMethod]
    public void ExitConfidences_AfterABudget_ReachIt()
    {
        var context = new MLContext(1);
        var data = TestModels.View(context, TestModels.Rows(60));

        var turned = TestModels.Transformer(Spec, context).WithComputeBudget(data, 0.5);

        Assert.IsTrue(turned.ExitConfidences.Any(confidence => confidence < 1) || turned.GateThreshold is not null);
    }

    [TestMethod]
    public void Exits_OfANetworkWithTwo_SayWhereTheyAreAndWhatTheyCost()
    {
        var exits = TestModels.Transformer(Spec).Exits;
        var cost = new CostModel(BlockPlan.Of(Spec));
        var first = cost.Stem + cost.Blocks[0].Body + cost.Blocks[0].Shortcut + cost.Exits[0];

        Assert.HasCount(2, exits);
        Assert.AreEqual((0, HeadKind.Grid, cost.Exits[0]), (exits[0].AfterBlock, exits[0].Head, exits[0].Macs));
        Assert.AreEqual((3, HeadKind.Pooled, cost.Exits[1]), (exits[1].AfterBlock, exits[1].Head, exits[1].Macs));
        Assert.AreEqual(first / (double)cost.Full, exits[0].ComputeFraction, 1e-12);
        Assert.IsGreaterThan(exits[0].ComputeFraction, exits[1].ComputeFraction);
        Assert.IsEmpty(TestModels.Transformer().Exits);
    }

    [TestMethod]
    public void HasClasses_OfAClassifier_IsTrue() => Assert.IsTrue(TestModels.Transformer().HasClasses);
}
