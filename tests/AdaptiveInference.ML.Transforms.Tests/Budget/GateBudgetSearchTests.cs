using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Budget;

/// <summary>Budgets of networks whose gates are told one.</summary>
[TestClass]
public sealed class GateBudgetSearchTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(NetworkKind.SkipNet, 0.55)]
    [DataRow(NetworkKind.SkipNet, 0.8)]
    [DataRow(NetworkKind.ConvNetAig, 0.4)]
    [DataRow(NetworkKind.ConvNetAig, 0.7)]
    public void WithComputeBudget_ReachableFraction_IsMetFromBelow(NetworkKind network, double fraction)
    {
        var data = TestModels.View(_context, TestModels.Rows(200));

        var dialled = Transformer(network).WithComputeBudget(data, fraction);

        Assert.IsInRange(fraction - 0.11, fraction, Mean(dialled, data));
        Assert.IsInRange(0.05f, 0.95f, dialled.GateBudget!.Value);
    }

    [TestMethod]
    public void WithComputeBudget_BelowTheLeastThatCanBeTold_ClosesGatesByTheThreshold()
    {
        var data = TestModels.View(_context, TestModels.Rows(100));
        var network = Transformer(NetworkKind.ConvNetAig, least: 3);
        var least = Mean(network.WithGateBudget(0).WithGateThreshold(0.65f), data);

        var dialled = network.WithComputeBudget(data, least * 0.7);

        Assert.AreEqual(0f, dialled.GateBudget);
        Assert.IsGreaterThan(0.65f, dialled.GateThreshold!.Value);
        Assert.IsLessThanOrEqualTo((least * 0.7) + 1e-6, Mean(dialled, data));
    }

    [TestMethod]
    public void WithComputeBudget_OneOrMore_IsTheWholeNetwork()
    {
        var data = TestModels.View(_context, TestModels.Rows(10));

        var dialled = Transformer(NetworkKind.SkipNet).WithComputeBudget(data, 1);

        Assert.AreEqual(1f, dialled.GateBudget);
        Assert.IsTrue(dialled.Transform(data).GetColumn<float>("ComputeFraction").All(fraction => fraction == 1));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void WithComputeBudget_MoreAndMore_SpendsMoreAndMore(bool hasExits)
    {
        var data = TestModels.View(_context, TestModels.Rows(150));
        var network = Transformer(NetworkKind.ConvNetAig, hasExits);

        var spent = new[] { 0.35, 0.5, 0.65, 0.8, 0.95 }
            .Select(budget => (Budget: budget, Mean: Mean(network.WithComputeBudget(data, budget), data))).ToList();

        foreach (var ((_, before), (budget, mean)) in spent.Zip(spent.Skip(1)))
        {
            Assert.IsLessThanOrEqualTo(budget + 1e-6, mean);
            Assert.IsGreaterThan(before, mean);
        }
    }

    [TestMethod]
    public void WithTimeBudget_Reachable_TellsGates()
    {
        var data = TestModels.View(_context, TestModels.Rows(60));

        var dialled = Transformer(NetworkKind.ConvNetAig).WithTimeBudget(data, 0.75);

        Assert.IsNotNull(dialled.GateBudget);
        Assert.IsLessThan(1f, dialled.GateBudget.Value);
    }

    [TestMethod]
    public void WithAccuracyGuarantee_EveryDropAllowed_CertifiesWhatGatesAreTold()
    {
        var data = TestModels.View(_context, TestModels.Rows(120));

        var certified = Transformer(NetworkKind.ConvNetAig)
            .WithAccuracyGuarantee(data, new AccuracyGuaranteeOptions { MaximumDrop = 0.99 });

        Assert.IsNull(certified.Guarantee!.RowsNeeded);
        Assert.IsLessThan(0.5f, certified.GateBudget!.Value);
    }

    [TestMethod]
    public void WithGateBudget_OutOfRangeOrNotTold_SaysSo()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Transformer(NetworkKind.SkipNet).WithGateBudget(1.5f));
        Assert.AreEqual("Gate budget must be from 0 to 1 (every gate open), got 1.5. (Parameter 'budget')", error.Message);

        var other = Assert.ThrowsExactly<InvalidOperationException>(() => TestModels.Transformer(context: _context).WithGateBudget(0.5f));
        Assert.AreEqual(
            "The gates of this network are told no budget. Train a SkipNet or a ConvNet-AIG with AnyBudget, or use WithGateThreshold.",
            other.Message);
        Assert.IsNull(TestModels.Transformer(context: _context).GateBudget);
    }

    [TestMethod]
    public void ToString_GatesToldABudget_SaysWhich()
    {
        var text = Transformer(NetworkKind.ConvNetAig).WithGateBudget(0.25f).ToString();

        StringAssert.StartsWith(text, "ConvNet-AIG over ResNet-14 (CIFAR) for any budget, ");
        StringAssert.EndsWith(text, "Gates are told a budget of 0.25 of the whole.");
    }

    private static double Mean(GatedResNetTransformer network, IDataView data)
        => network.Transform(data).GetColumn<float>("ComputeFraction").Average();

    // Curves that rise, as learnt ones do: random ones would open gates for less.
    private GatedResNetTransformer Transformer(NetworkKind network, bool hasExits = false, float least = -4)
    {
        var spec = TestModels.Spec(network) with
        {
            AnyBudget = true, Exits = hasExits ? [new ExitSpec(1, HeadKind.Pooled), new ExitSpec(3, HeadKind.Pooled)] : [],
        };
        var model = TestModels.Model(spec);
        foreach (var curve in model.Blocks.Blocks.Select(block => block.BudgetCurve).OfType<BudgetCurveSpec>())
        {
            for (var knot = 0; knot < BudgetCurveSpec.Knots; knot++)
            {
                model.Weights.Array(curve.Values)[knot] = least + (8 * BudgetCurveSpec.BudgetOf(knot));
            }
        }

        return new GatedResNetTransformer(_context, model, TestModels.Columns);
    }
}
