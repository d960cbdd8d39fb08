using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Budget;

[TestClass]
public sealed class ComputeBudgetTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(NetworkKind.SkipNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void WithComputeBudget_ReachableFraction_IsMetFromBelow(NetworkKind network)
    {
        var data = TestModels.View(_context, TestModels.Rows(120));
        var transformer = TestModels.Transformer(TestModels.Spec(network), _context);

        var dialled = transformer.WithComputeBudget(data, 0.7);

        var mean = dialled.Transform(data).GetColumn<float>("ComputeFraction").Average();
        Assert.IsInRange(0.6, 0.7, mean);
    }

    [TestMethod]
    public void WithComputeBudget_OneOrMore_OpensEverything()
    {
        var data = TestModels.View(_context, TestModels.Rows(10));

        var dialled = TestModels.Transformer(context: _context).WithComputeBudget(data, 1);

        Assert.IsTrue(dialled.Transform(data).GetColumn<float>("ComputeFraction").All(fraction => fraction == 1));
    }

    [TestMethod]
    public void WithComputeBudget_OutOfReach_SaysWhatTheNetworkCan()
    {
        var data = TestModels.View(_context, TestModels.Rows(10));

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => TestModels.Transformer(context: _context).WithComputeBudget(data, 0.01));

        StringAssert.Matches(
            error.Message,
            new(@"^Compute fraction 0\.01 is out of reach: on this data the network can run at 0\.\d+ to 1\. "
                + @"\(Parameter 'computeFraction'\)$"));
    }

    [TestMethod]
    public void WithComputeBudget_Infinite_IsRefused()
        => Assert.StartsWith(
            "Compute fraction must be a finite number above 0, got Infinity.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(
                () => TestModels.Transformer(context: _context).WithComputeBudget(
                    TestModels.View(_context, TestModels.Rows(1)), double.PositiveInfinity)).Message);

    [TestMethod]
    [DataRow(1f, 0)]
    [DataRow(1 / 255f, 1)]
    public void WithComputeBudget_PixelsFromZeroToOneForANetworkOf255_Warns(float factor, int expected)
    {
        var warnings = new List<string>();
        _context.Log += (_, entry) => warnings.Add(entry.RawMessage);
        var rows = TestModels.Rows(40);
        rows.ForEach(row => row.Features = [.. row.Features.Select(pixel => pixel * factor)]);

        TestModels.Transformer(context: _context).WithComputeBudget(TestModels.View(_context, rows), 1);

        Assert.AreEqual(
            expected, warnings.Count(line => line.StartsWith("The pixels of the first images lie from 0 to 1", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(-1.0)]
    [DataRow(double.NaN)]
    public void WithComputeBudget_NotPositive_IsRefused(double fraction)
    {
        var data = TestModels.View(_context, TestModels.Rows(1));

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => TestModels.Transformer(context: _context).WithComputeBudget(data, fraction));

        Assert.AreEqual($"Compute fraction must be above 0, got {fraction}. (Parameter 'computeFraction')", error.Message);
    }

    [TestMethod]
    public void WithComputeBudget_NoRows_IsRefused()
    {
        var data = TestModels.View(_context, []);

        var error = Assert.ThrowsExactly<ArgumentException>(() => TestModels.Transformer(context: _context).WithComputeBudget(data, 0.5));

        Assert.AreEqual("Calibration data has no rows. (Parameter 'calibrationData')", error.Message);
    }

    [TestMethod]
    [DataRow(NetworkKind.ResNet, 0.35)]
    [DataRow(NetworkKind.ResNet, 0.6)]
    [DataRow(NetworkKind.ResNet, 0.9)]
    [DataRow(NetworkKind.SkipNet, 0.4)]
    [DataRow(NetworkKind.ConvNetAig, 0.6)]
    public void WithComputeBudget_Exits_MeetTheFractionWithinTwoPoints(NetworkKind network, double fraction)
    {
        var data = TestModels.View(_context, TestModels.Rows(300));

        var dialled = TestModels.Transformer(WithExits(network), _context).WithComputeBudget(data, fraction);

        var mean = dialled.Transform(data).GetColumn<float>("ComputeFraction").Average();
        Assert.IsInRange(fraction - 0.02, fraction, mean);
    }

    [TestMethod]
    public void WithComputeBudget_ExitsOutOfReach_SaysWhatTheNetworkCan()
    {
        var data = TestModels.View(_context, TestModels.Rows(10));

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => TestModels.Transformer(WithExits(NetworkKind.ResNet), _context).WithComputeBudget(data, 0.01));

        StringAssert.Matches(
            error.Message,
            new(@"^Compute fraction 0\.01 is out of reach: on this data the network can run at 0\.\d+ to 1\. "
                + @"\(Parameter 'computeFraction'\)$"));
    }

    [TestMethod]
    [DataRow(NetworkKind.ResNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void WithComputeBudget_OfData_ReadsItOnce(NetworkKind network)
    {
        var read = 0;
        var rows = TestModels.Rows(20);
        var schema = TestModels.View(_context, rows).Schema;
        var data = _context.Data.LoadFromEnumerable(rows.Select(row => { read++; return row; }), schema);

        TestModels.Transformer(WithExits(network), _context).WithComputeBudget(data, 0.6);

        Assert.AreEqual(rows.Count, read);
    }

    [TestMethod]
    [DataRow(NetworkKind.SkipNet, false, false)]
    [DataRow(NetworkKind.ConvNetAig, false, false)]
    [DataRow(NetworkKind.ResNet, true, false)]
    [DataRow(NetworkKind.ResNet, true, true)]
    [DataRow(NetworkKind.SkipNet, true, false)]
    [DataRow(NetworkKind.SkipNet, true, true)]
    [DataRow(NetworkKind.ConvNetAig, true, true)]
    public void WithComputeBudget_FromTheLeastToTwo_GivesMoreForMore(NetworkKind network, bool hasExits, bool averages)
    {
        var spec = hasExits ? WithExits(network) with { AveragesHeads = averages } : TestModels.Spec(network);
        var data = TestModels.View(_context, TestModels.Rows(60));
        var transformer = TestModels.Transformer(spec, _context);
        var whole = Mean(transformer.WithGateThreshold(0).WithExitConfidence(1));
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.WithComputeBudget(data, 1e-6));
        var (reached, before) = (false, 0.0);
        foreach (var budget in (double[])[.. Enumerable.Range(2, 9).Select(step => step * 0.1), 1.01, 1.1, 1.5, 2])
        {
            double mean;
            try
            {
                mean = Mean(transformer.WithComputeBudget(data, budget));
            }
            catch (ArgumentOutOfRangeException)
            {
                Assert.IsFalse(reached, $"{budget} is out of reach, though less was not. {error.Message}");
                continue;
            }

            reached = true;
            Assert.IsLessThanOrEqualTo(budget + 1e-6, mean, $"budget {budget}");
            Assert.IsGreaterThanOrEqualTo(before - 0.02, mean, $"budget {budget}");
            if (budget >= whole)
            {
                Assert.AreEqual(whole, mean, 1e-6, $"budget {budget}");
            }

            before = Math.Max(before, mean);
        }

        Assert.IsTrue(reached);

        double Mean(GatedResNetTransformer model)
            => model.Transform(data).GetColumn<float>("ComputeFraction").Average(fraction => (double)fraction);
    }

    [TestMethod]
    public void WithComputeBudget_NeitherGatesNorExits_SaysSo()
    {
        var data = TestModels.View(_context, TestModels.Rows(3));
        var transformer = TestModels.Transformer(TestModels.Spec(NetworkKind.ResNet), _context);

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.WithComputeBudget(data, 0.5));

        Assert.AreEqual(
            "Compute fraction 0.5 is out of reach: this network has neither gates nor early exits, so that every image costs 1. Train a "
            + "SkipNet or "
            + "a ConvNet-AIG, or add exits. (Parameter 'computeFraction')",
            error.Message);
        Assert.AreEqual(1f, transformer.WithComputeBudget(data, 1).Transform(data).GetColumn<float>("ComputeFraction").Average());
    }

    [TestMethod]
    public void WithComputeBudget_NextToNothing_IsNotSaidToBeNothing()
        => StringAssert.StartsWith(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TestModels.Transformer(context: _context)
                .WithComputeBudget(TestModels.View(_context, TestModels.Rows(3)), 1e-9)).Message,
            "Compute fraction 1E-09 is out of reach: on this data the network can run at 0.");

    private static NetworkSpec WithExits(NetworkKind network)
        => TestModels.Spec(network) with
        {
            Exits = [new ExitSpec(0, HeadKind.Grid), new ExitSpec(2, HeadKind.Pooled)],
            AveragesHeads = network == NetworkKind.ConvNetAig,
        };
}
