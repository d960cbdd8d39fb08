using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Serving;

[TestClass]
public sealed class ComputeLadderTests
{
    private static readonly NetworkSpec Spec = TestModels.Spec(NetworkKind.ResNet) with
    {
        Exits = [new ExitSpec(0, HeadKind.Pooled), new ExitSpec(3, HeadKind.Pooled)],
    };

    private readonly MLContext _context = new(1);

    private IDataView Data => TestModels.View(_context, TestModels.Rows(120));

    [TestMethod]
    public void Of_Calibrated_EachStepCostsLessAsMeasured()
    {
        var network = TestModels.Transformer(Spec, _context);

        var ladder = ComputeLadder.Of(network, Data, new ComputeLadderOptions { Steps = 4, LeastComputeFraction = 0.3 });

        Assert.AreSame(network, ladder.Steps[0].Network);
        Assert.IsGreaterThan(2, ladder.Steps.Count);
        foreach (var (step, next) in ladder.Steps.Zip(ladder.Steps.Skip(1)))
        {
            Assert.IsLessThan(0.95 * step.ComputeFraction, next.ComputeFraction);
        }

        foreach (var step in ladder.Steps)
        {
            var mean = TestModels.Read(_context, step.Network.Transform(Data)).Average(row => (double)row.ComputeFraction);
            Assert.AreEqual(mean, step.ComputeFraction, 1e-9);
            Assert.IsTrue(step.IsMeasured);
        }

        Assert.IsGreaterThan(0.2, ladder.Steps[^1].ComputeFraction);
    }

    [TestMethod]
    public void Of_NoData_LowersTheConfidencesThatAreInUse()
    {
        var network = TestModels.Transformer(Spec, _context).WithExitConfidence(0.9f);

        var ladder = ComputeLadder.Of(network, options: new ComputeLadderOptions { Steps = 4, LeastExitConfidence = 0.45 });

        // From 0.95, which changes nothing here, by equal steps to 0.45.
        CollectionAssert.AreEqual(
            new[] { 0.9f, 0.7f, 0.45f }, ladder.Steps.Select(step => MathF.Round(step.Network.ExitConfidences[0], 4)).ToArray());
        Assert.IsFalse(ladder.Steps[1].IsMeasured);
    }

    [TestMethod]
    public void Of_NoData_LeavesAClosedExitClosed()
    {
        var network = TestModels.Transformer(Spec, _context);
        network = network.With(network.Model.Policy with { ExitConfidence = [1, 0.99f] });

        var ladder = ComputeLadder.Of(network);

        Assert.IsTrue(ladder.Steps.All(step => step.Network.ExitConfidences[0] == 1));
        Assert.AreEqual(0.5f, ladder.Steps[^1].Network.ExitConfidences[1]);
    }

    [TestMethod]
    public void Of_FromWholeNetwork_BeginsWithoutExits()
    {
        var network = TestModels.Transformer(Spec, _context).WithExitConfidence(0.9f);

        var ladder = ComputeLadder.Of(network, options: new ComputeLadderOptions { FromWholeNetwork = true });

        Assert.IsTrue(ladder.Steps[0].Network.ExitConfidences.All(confidence => confidence == 1));
        Assert.AreSame(network, ladder.Steps[1].Network);
    }

    [TestMethod]
    public void Of_FromWholeNetworkCalibrated_HasItsOwnSettingAmongTheBudgets()
    {
        var network = TestModels.Transformer(Spec, _context);
        network = network.WithComputeBudget(Data, 0.6);

        var ladder = ComputeLadder.Of(
            network, Data, new ComputeLadderOptions { FromWholeNetwork = true, Steps = 6, LeastComputeFraction = 0.3 });

        Assert.IsTrue(ladder.Steps[0].Network.ExitConfidences.All(confidence => confidence == 1));
        Assert.AreEqual(1, ladder.Steps.Count(step => ReferenceEquals(step.Network, network)));
        Assert.IsFalse(ReferenceEquals(ladder.Steps[1].Network, network), "There is no step between the whole network and 60 %.");
        CollectionAssert.AreEqual(
            ladder.Steps.Select(step => step.ComputeFraction).OrderDescending().ToArray(),
            ladder.Steps.Select(step => step.ComputeFraction).ToArray());
    }

    [TestMethod]
    public void Of_CertifiedNetwork_HasNothingBelow()
    {
        var certified = TestModels.Transformer(Spec, _context).WithAccuracyGuarantee(
            Data, new AccuracyGuaranteeOptions { MaximumDrop = 0.6 });
        Assert.IsNull(certified.Guarantee!.RowsNeeded);

        Assert.AreSame(certified, ComputeLadder.Of(certified).Steps.Single().Network);
        var ladder = ComputeLadder.Of(certified, Data, new ComputeLadderOptions { FromWholeNetwork = true });

        Assert.HasCount(2, ladder.Steps);
        Assert.AreSame(certified, ladder.Steps[1].Network);
        Assert.AreEqual("The network's own setting is certified, and nothing below it.", ladder.Limit);
    }

    [TestMethod]
    public void Of_NetworkWithoutADial_HasOneStep()
    {
        var ladder = ComputeLadder.Of(TestModels.Transformer(TestModels.Spec(NetworkKind.ResNet), _context), Data);

        Assert.HasCount(1, ladder.Steps);
        Assert.AreEqual("The network has neither gates nor early exits.", ladder.Limit);
    }

    [TestMethod]
    public void Of_GatesAloneWithoutData_HasOneStep()
    {
        var ladder = ComputeLadder.Of(TestModels.Transformer(TestModels.Spec(), _context));

        Assert.AreEqual("The network has gates alone, which are not turned without calibration images.", ladder.Limit);
        Assert.HasCount(1, ladder.Steps);
    }

    [TestMethod]
    public void Of_WatchedNetwork_DoesNotFeedTheMonitor()
    {
        var monitor = new DriftMonitor(new DriftMonitorOptions { Share = 1 });

        ComputeLadder.Of(TestModels.Transformer(Spec, _context).WithMonitor(monitor), Data);

        Assert.AreEqual(0L, monitor.Report.RowsSeen);
    }

    [TestMethod]
    public void WithAdaptiveNetwork_Chain_TakesTheNetworksPlace()
    {
        var network = TestModels.Transformer(Spec, _context);
        var names = _context.Transforms.CopyColumns("Copy", "PredictedLabel").Fit(network.Transform(Data));
        var model = new TransformerChain<ITransformer>(new TransformerChain<ITransformer>(network), names);
        var other = network.WithExitConfidence(0);

        var changed = model.WithAdaptiveNetwork(other);

        Assert.AreSame(other, changed.AdaptiveNetwork());
        Assert.AreSame(network, model.AdaptiveNetwork());
        var rows = TestModels.Read(_context, changed.Transform(Data));
        Assert.IsTrue(rows.All(row => row.ExecutionPath.Skip(1).All(ran => ran == 0)));
        Assert.IsNotNull(changed.Transform(Data).Schema.GetColumnOrNull("Copy"));
    }
}
