using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Drift;

[TestClass]
public sealed class WatchedNetworkTests
{
    private static readonly DriftMonitorOptions Every = new() { Share = 1 };

    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(NetworkKind.ResNet, true)]
    [DataRow(NetworkKind.SkipNet, false)]
    [DataRow(NetworkKind.ConvNetAig, false)]
    public void Transform_UnderAMonitor_GivesTheSameBitsAndCountsDisagreements(NetworkKind kind, bool averages)
    {
        var (rows, network) = (TestModels.Rows(150), Network(kind, averages));
        var data = TestModels.View(_context, rows);
        var monitor = new DriftMonitor(Every);

        var watched = TestModels.Read(_context, network.WithMonitor(monitor).Transform(data));

        var plain = TestModels.Read(_context, network.Transform(data));
        CollectionAssert.AreEqual(plain.Select(row => row.Bits()).ToArray(), watched.Select(row => row.Bits()).ToArray());
        var whole = TestModels.Read(_context, network.WithGateThreshold(0).WithExitConfidence(1).Transform(data));
        var differ = plain.Zip(whole).Count(pair => pair.First.PredictedLabel != pair.Second.PredictedLabel);
        Assert.IsInRange(1, rows.Count - 1, differ);
        Assert.AreEqual((rows.Count, rows.Count, differ), Counts(monitor));
    }

    [TestMethod]
    public void Predict_UnderAMonitor_GivesTheSameBitsAndCountsTheSame()
    {
        var (rows, network) = (TestModels.Rows(60), Network());
        var (single, many) = (new DriftMonitor(Every), new DriftMonitor(Every));
        var expected = TestModels.Read(_context, network.WithMonitor(many).Transform(TestModels.View(_context, rows)));
        using var engine = _context.Model.CreatePredictionEngine<VectorRow, ScoredVectorRow>(
            network.WithMonitor(single), inputSchemaDefinition: TestModels.Schema());

        var bits = rows.Select(row => engine.Predict(row).Bits()).ToArray();

        CollectionAssert.AreEqual(expected.Select(row => row.Bits()).ToArray(), bits);
        Assert.AreEqual(Counts(many), Counts(single));
    }

    [TestMethod]
    public void Transform_AShare_ChecksThatShareAlone()
    {
        var monitor = new DriftMonitor(new DriftMonitorOptions { Share = 0.2 });

        Read(Network().WithMonitor(monitor), 200);

        Assert.AreEqual(200, monitor.Report.RowsSeen);
        Assert.IsInRange(20, 60, monitor.Report.RowsChecked);
    }

    [TestMethod]
    public void Transform_WholeNetwork_NeverDisagrees()
    {
        var monitor = new DriftMonitor(Every);

        Read(Network().WithGateThreshold(0).WithExitConfidence(1).WithMonitor(monitor), 50);

        Assert.AreEqual((50, 50, 0), Counts(monitor));
    }

    [TestMethod]
    public void Transform_NoScoredColumnWanted_CountsNothing()
    {
        var monitor = new DriftMonitor(Every);
        var scored = Network().WithMonitor(monitor).Transform(TestModels.View(_context, TestModels.Rows(10)));

        Assert.AreEqual(10, scored.GetColumn<int>("Id").Count());

        Assert.AreEqual((0, 0, 0), Counts(monitor));
    }

    [TestMethod]
    public void WithMonitor_OtherSettingsAndTheFile_HaveNone()
    {
        var monitor = new DriftMonitor(Every);
        var watched = Network().WithMonitor(monitor);
        using var stream = new MemoryStream();
        var data = TestModels.View(_context, TestModels.Rows(10));
        _context.Model.Save(watched, data.Schema, stream);
        stream.Position = 0;

        Assert.AreSame(monitor, watched.Monitor);
        Assert.IsNull(watched.WithGateThreshold(0.4f).Monitor);
        Assert.IsNull(watched.WithExitConfidence(0.4f).Monitor);
        var dialled = watched.WithComputeBudget(data, 0.9);
        Assert.IsNull(dialled.Monitor);
        Assert.EndsWith("WithComputeBudget gave up the monitor. Call WithMonitor again.", dialled.ToString());
        Assert.DoesNotContain("gave up", dialled.WithMonitor(monitor).ToString());
        Assert.IsNull(_context.Model.Load(stream, out _).AdaptiveNetwork().Monitor);
        Assert.ThrowsExactly<ArgumentNullException>(() => watched.WithMonitor(null!));
    }

    [TestMethod]
    public void Transform_SeveralThreads_CountEveryRow()
    {
        var monitor = new DriftMonitor(Every);
        var watched = Network().WithMonitor(monitor);

        Parallel.For(0, 4, _ => Read(watched, 40));

        Assert.AreEqual(160, monitor.Report.RowsChecked);
        var once = new DriftMonitor(Every);
        Read(Network().WithMonitor(once), 40);
        Assert.AreEqual(4 * once.Report.Disagreements, monitor.Report.Disagreements);
    }

    private static (long Seen, long Checked, long Disagreements) Counts(DriftMonitor monitor)
        => (monitor.Report.RowsSeen, monitor.Report.RowsChecked, monitor.Report.Disagreements);

    private GatedResNetTransformer Network(NetworkKind kind = NetworkKind.ResNet, bool averages = false)
    {
        var spec = TestModels.Spec(kind) with
        {
            Exits = [new ExitSpec(0, HeadKind.Pooled), new ExitSpec(3, HeadKind.Pooled)], AveragesHeads = averages,
        };
        return TestModels.Transformer(spec, _context).WithExitConfidence(0.4f);
    }

    private void Read(GatedResNetTransformer network, int rows)
        => Assert.HasCount(rows, TestModels.Read(_context, network.Transform(TestModels.View(_context, TestModels.Rows(rows)))));
}
