using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Budget;

/// <summary>Times are given by hand: nothing here depends on a clock.</summary>
[TestClass]
public sealed class TimeBudgetTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(NetworkKind.ResNet, 0.35)]
    [DataRow(NetworkKind.ResNet, 0.7)]
    [DataRow(NetworkKind.SkipNet, 0.8)]
    [DataRow(NetworkKind.ConvNetAig, 0.6)]
    public void Find_TimesThatAreNotMacs_MeetsTheFractionOfTime(NetworkKind kind, double fraction)
    {
        var (transformer, data) = (Network(kind), TestModels.View(_context, TestModels.Rows(300)));

        var dialled = Find(transformer, data, fraction);

        var mean = MeanTime(dialled, LateStagesAreSlow(transformer.Model.Blocks));
        Assert.IsInRange(fraction - 0.02, fraction, mean);
        var macs = dialled.Transform(data).GetColumn<float>("ComputeFraction").Average();
        Assert.IsGreaterThan(0.03, Math.Abs(macs - mean), "The two must differ for this to mean anything.");
    }

    [TestMethod]
    [DataRow(NetworkKind.SkipNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void Find_GatesAlone_MeetsTheFractionOfTimeFromBelow(NetworkKind kind)
    {
        var data = TestModels.View(_context, TestModels.Rows(120));
        var transformer = TestModels.Transformer(TestModels.Spec(kind), _context);

        var dialled = Find(transformer, data, 0.8);

        Assert.IsInRange(0.65, 0.8, MeanTime(dialled, LateStagesAreSlow(transformer.Model.Blocks)));
    }

    [TestMethod]
    public void Find_TableOfMacs_GivesTheSameThresholdsAsWithComputeBudget()
    {
        var data = TestModels.View(_context, TestModels.Rows(100));
        foreach (var kind in (NetworkKind[])[NetworkKind.ResNet, NetworkKind.SkipNet, NetworkKind.ConvNetAig])
        {
            var transformer = Network(kind);

            var (policy, _, _) = TimeBudget.Find(
                transformer.Model, () => transformer.Plan, TestModels.Columns, data, 0.6, (plan, _) => CostTable.OfMacs(plan.Cost));

            var expected = transformer.WithComputeBudget(data, 0.6);
            Assert.AreEqual(expected.GateThreshold, policy.GateThreshold);
            CollectionAssert.AreEqual(expected.ExitConfidences.ToArray(), policy.ExitConfidence.ToArray());
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void FractionOf_ATraceWithGatesAndExits_IsTheSumOfItsParts(bool averages)
    {
        // Six blocks of body 10 and gate 1, the shortcut of blocks 2 and 4 costs 2; stem 3, exits 4 and 5, last head 6: full 73.
        var spec = TestModels.Spec(NetworkKind.ConvNetAig) with
        {
            Exits = [new ExitSpec(1, HeadKind.Pooled), new ExitSpec(3, HeadKind.Pooled)], AveragesHeads = averages,
        };
        var blocks = BlockPlan.Of(spec);
        var unit = CostUnit.TimeFraction(new CostTable(
            3, [.. Enumerable.Range(0, 6).Select(i => new BlockPrice(10, i is 2 or 4 ? 2 : 0, 1))], [4, 5], 6));
        var trace = new ExecutionTrace(6);
        trace.Reset();

        // Gates of blocks 1 to 3 were evaluated, block 2 was skipped, and the image left behind block 3.
        bool[] ran = [true, true, false, true, false, false];
        ran.CopyTo(trace.Ran);
        (trace.GateProbability[1], trace.GateProbability[2], trace.GateProbability[3], trace.ExitTaken) = (0.9f, 0.1f, 0.8f, 1);

        var both = unit.FractionOf(blocks, new() { ExitConfidence = [0.9f, 0.5f] }, trace);
        var second = unit.FractionOf(blocks, new() { ExitConfidence = [1f, 0.5f] }, trace);
        trace.ExitTaken = -1;
        var none = unit.FractionOf(blocks, new() { ExitConfidence = [] }, trace);

        Assert.AreEqual(73, unit.Table.Full);
        Assert.AreEqual((3 + 30 + 3 + 2 + 4 + 5) / 73.0, both, 1e-12);
        Assert.AreEqual((3 + 30 + 3 + 2 + 5 + (averages ? 4 : 0)) / 73.0, second, 1e-12);
        Assert.AreEqual((3 + 30 + 3 + 4 + 6 + (averages ? 9 : 0)) / 73.0, none, 1e-12);
    }

    [TestMethod]
    [DataRow(NetworkKind.ResNet)]
    [DataRow(NetworkKind.SkipNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void FractionOf_MacsOfRandomImages_IsWhatTheTraceCounted(NetworkKind kind)
    {
        foreach (var averages in (bool[])[false, true])
        {
            var transformer = Network(kind, averages).WithExitConfidence(0.45f);
            var images = Images(transformer, 40);
            var exact = 0;

            images.Run(transformer.Model.Policy, (_, _, trace) =>
            {
                var fraction = images.Unit.FractionOf(transformer.Model.Blocks, transformer.Model.Policy, trace);
                Interlocked.Add(ref exact, fraction == trace.Macs / (double)transformer.FullMacs ? 1 : 0);
            });

            Assert.AreEqual(40, exact);
        }
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(-0.5)]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    public void WithTimeBudget_NotPositive_IsRefused(double fraction)
    {
        var (network, data) = (Network(NetworkKind.ResNet), TestModels.View(_context, TestModels.Rows(2)));

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => network.WithTimeBudget(data, fraction));

        var finite = double.IsInfinity(fraction) ? "a finite number " : "";
        Assert.AreEqual(
            FormattableString.Invariant($"Time fraction must be {finite}above 0, got {fraction}. (Parameter 'fraction')"), error.Message);
    }

    [TestMethod]
    public void WithTimeBudget_TimeOfNothing_IsRefused()
    {
        var (network, data) = (Network(NetworkKind.ResNet), TestModels.View(_context, TestModels.Rows(2)));

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => network.WithTimeBudget(data, TimeSpan.Zero));

        Assert.AreEqual("Time per image must be above 0, got 0 ms. (Parameter 'perImage')", error.Message);
    }

    [TestMethod]
    public void Find_TooLittleForTheFirstExit_SaysWhatTheNetworkCan()
    {
        // An image that leaves at the first exit costs 100 for the stem, 100 for a block and 50 for the head; the whole 100 + 6·100 + 50.
        var (network, data) = (Network(NetworkKind.ResNet), TestModels.View(_context, TestModels.Rows(20)));

        var fraction = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TimeBudget.Find(
            network.Model, () => network.Plan, TestModels.Columns, data, 0.1, Even));
        var time = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TimeBudget.Find(
            network.Model, () => network.Plan, TestModels.Columns, data, TimeSpan.FromMicroseconds(100), Even));

        Assert.AreEqual(
            "Time fraction 0.1 is out of reach: on this data and this machine the network can run at 0.333 to 1. (Parameter 'fraction')",
            fraction.Message);
        Assert.AreEqual(
            "Time per image of 0.1 ms is out of reach: on this data and this machine the network can run at 0.25 ms to 0.75 ms. "
            + "(Parameter 'perImage')",
            time.Message);
    }

    [TestMethod]
    public void Find_NoGatesAndNoExits_IsRefusedBelowTheWhole()
    {
        var data = TestModels.View(_context, TestModels.Rows(3));
        var network = TestModels.Transformer(TestModels.Spec(NetworkKind.ResNet), _context);

        var fraction = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TimeBudget.Find(
            network.Model, () => network.Plan, TestModels.Columns, data, 0.5, Even));
        var time = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TimeBudget.Find(
            network.Model, () => network.Plan, TestModels.Columns, data, TimeSpan.FromMicroseconds(300), Even));

        Assert.AreEqual(
            "Time fraction 0.5 is out of reach: this network has neither gates nor early exits, so that every image costs 1. Train a "
            + "SkipNet or a ConvNet-AIG, or add exits. (Parameter 'fraction')",
            fraction.Message);
        Assert.AreEqual(
            "Time per image of 0.3 ms is out of reach: this network has neither gates nor early exits, so that every image costs 0.75 ms. "
            + "Train a SkipNet or a ConvNet-AIG, or add exits. (Parameter 'perImage')",
            time.Message);
        var (policy, _, _) = TimeBudget.Find(
            network.Model, () => network.Plan, TestModels.Columns, data, TimeSpan.FromMilliseconds(1), Even);
        Assert.IsEmpty(policy.ExitConfidence);
    }

    [TestMethod]
    public void Find_TimeAndItsFraction_ChooseTheSame()
    {
        var (network, data) = (Network(NetworkKind.ResNet), TestModels.View(_context, TestModels.Rows(100)));

        var (fraction, _, _) = TimeBudget.Find(network.Model, () => network.Plan, TestModels.Columns, data, 0.6, Even);
        var (time, _, _) = TimeBudget.Find(
            network.Model, () => network.Plan, TestModels.Columns, data, TimeSpan.FromMicroseconds(450), Even);

        CollectionAssert.AreEqual(fraction.ExitConfidence.ToArray(), time.ExitConfidence.ToArray());
    }

    [TestMethod]
    public void WithTimeBudget_NoRows_IsRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => Network(NetworkKind.ResNet).WithTimeBudget(TestModels.View(_context, []), 0.5));

        Assert.AreEqual("Calibration data has no rows. (Parameter 'calibrationData')", error.Message);
    }

    [TestMethod]
    public void WithTimeBudget_OnThisMachine_TellsWhatWasMeasuredAndDoesNotSaveIt()
    {
        var (network, data) = (Network(NetworkKind.ConvNetAig), TestModels.View(_context, TestModels.Rows(40)));
        using var stream = new MemoryStream();

        var dialled = network.WithTimeBudget(data, 0.9);

        Assert.IsNull(network.FullMicroseconds);
        Assert.IsTrue(network.Blocks.All(block => block.Microseconds is null && block.GateMicroseconds is null));
        Assert.IsTrue(network.Exits.All(exit => exit.Microseconds is null));
        AssertTold(dialled);
        AssertTold(dialled.WithGateThreshold(0.4f));
        AssertTold(dialled.WithMonitor(new DriftMonitor()));
        _context.Model.Save(dialled, data.Schema, stream);
        stream.Position = 0;
        var loaded = _context.Model.Load(stream, out _).AdaptiveNetwork();
        Assert.IsNull(loaded.FullMicroseconds);
        Assert.AreEqual(dialled.GateThreshold, loaded.GateThreshold);
        CollectionAssert.AreEqual(dialled.ExitConfidences.ToArray(), loaded.ExitConfidences.ToArray());

        static void AssertTold(GatedResNetTransformer told)
        {
            Assert.IsTrue(told.Blocks.All(block => block.Microseconds > 0 && block.GateMicroseconds > 0 == block.IsGated));
            Assert.IsTrue(told.Exits.All(exit => exit.Microseconds > 0));
            Assert.IsGreaterThan(told.Blocks.Sum(block => block.Microseconds!.Value), told.FullMicroseconds!.Value);
        }
    }

    // Each part 100 µs, heads 50: nothing like their multiply–accumulates, of which the last stages have as many as the first.
    private static CostTable Even(InferencePlan plan, IReadOnlyList<float[]> images)
    {
        Assert.IsInRange(1, 8, images.Count);
        return new CostTable(
            100, [.. plan.Blocks.Blocks.Select(_ => new BlockPrice(100, 0, 0))], [.. plan.Blocks.Exits.Select(_ => 50.0)], 50);
    }

    private static CostTable LateStagesAreSlow(BlockPlan plan) => new(
        20, [.. plan.Blocks.Select((_, i) => new BlockPrice(50 * (i + 1), 5, 3))], [.. plan.Exits.Select(_ => 10.0)], 10);

    private static GatedResNetTransformer Find(GatedResNetTransformer network, IDataView data, double fraction)
    {
        var (policy, times, _) = TimeBudget.Find(
            network.Model, () => network.Plan, TestModels.Columns, data, fraction, (plan, _) => LateStagesAreSlow(plan.Blocks));
        return network.With(policy, "", times);
    }

    // By the columns and the thresholds alone, in a way of its own.
    private double MeanTime(GatedResNetTransformer network, CostTable times)
    {
        var (plan, policy, total) = (network.Model.Blocks, network.Model.Policy, 0.0);
        var rows = TestModels.Rows(plan.Exits.Count > 0 ? 300 : 120);
        var trace = new ExecutionTrace(plan.Blocks.Count);
        foreach (var row in rows)
        {
            network.Plan.Run(row.Features, policy, new float[plan.Spec.Classes], trace);
            var taken = trace.ExitTaken;
            var last = taken < 0 ? plan.Blocks.Count - 1 : plan.Spec.Exits[taken].AfterBlock;
            total += times.Stem + (taken < 0 ? times.Head : 0);
            for (var i = 0; i <= last; i++)
            {
                total += times.Blocks[i].Shortcut + (trace.Ran[i] ? times.Blocks[i].Body : 0);
                total += plan.Blocks[i].IsGated && policy.GateThreshold is not 0 ? times.Blocks[i].Gate : 0;
                total += plan.ExitAfter(i) is { } exit && policy.ConfidenceOf(exit) < 1 ? times.Exits[exit] : 0;
            }
        }

        return total / rows.Count / times.Full;
    }

    private ComputeBudgetImages Images(GatedResNetTransformer network, int rows) => ComputeBudgetImages.Read(
        network.Model, network.Plan, TestModels.Columns.Features, TestModels.View(_context, TestModels.Rows(rows)));

    private GatedResNetTransformer Network(NetworkKind kind, bool averages = false) => TestModels.Transformer(
        TestModels.Spec(kind) with
        {
            Exits = [new ExitSpec(0, HeadKind.Pooled), new ExitSpec(3, HeadKind.Pooled)], AveragesHeads = averages,
        },
        _context);
}
