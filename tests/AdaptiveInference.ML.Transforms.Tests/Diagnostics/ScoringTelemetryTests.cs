using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Diagnostics;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Diagnostics;

/// <summary>What metrics and spans say of rows, whichever way they are scored.</summary>
[TestClass]
public sealed class ScoringTelemetryTests
{
    // A depth that no other test uses.
    private const string Network = "SkipNet-26";

    private static readonly NetworkSpec Spec = TestModels.Spec() with
    {
        Architecture = ResNetArchitecture.Cifar(26),
        Exits = [new ExitSpec(0, HeadKind.Pooled), new ExitSpec(5, HeadKind.Pooled)],
    };

    private readonly MLContext _context = new(1);

    [TestMethod]
    public void Transform_Rows_AreCountedOnceEach()
    {
        var network = TestModels.Transformer(Spec, _context).WithExitConfidence(0.3f);
        var data = TestModels.View(_context, TestModels.Rows(37));
        using var recording = new Recording(TagNames.Network, Network, withSpans: true);

        var rows = TestModels.Read(_context, network.Transform(data));

        Assert.AreEqual(37.0, recording.Of("adaptive_inference.images").Sum());
        Assert.HasCount(37, recording.Of("adaptive_inference.image.duration"));
        Assert.IsTrue(recording.Of("adaptive_inference.image.duration").All(seconds => seconds is > 0 and < 60));
        CollectionAssert.AreEqual(
            rows.Select(row => row.ComputeFraction).Order().ToArray(),
            recording.Of("adaptive_inference.image.compute_fraction").Select(fraction => (float)fraction).Order().ToArray());
        var span = recording.Spans.Single();
        Assert.AreEqual("adaptive_inference.transform", span.OperationName);
        Assert.AreEqual(37L, span.GetTagItem("adaptive_inference.images"));
    }

    [TestMethod]
    public void Transform_NoScoredColumnRead_CountsNothing()
    {
        var scored = TestModels.Transformer(Spec, _context).Transform(TestModels.View(_context, TestModels.Rows(5)));
        using var recording = new Recording(TagNames.Network, Network);

        Assert.HasCount(5, scored.GetColumn<int>("Id").ToArray());

        Assert.IsEmpty(recording.Of("adaptive_inference.images"));
    }

    [TestMethod]
    public void Predict_Images_AreCountedByTheExitThatTheyTook()
    {
        // At 0 every image leaves at the first exit that is asked; at 1 none does.
        var first = TestModels.Transformer(Spec, _context).WithExitConfidence(0);
        var last = TestModels.Transformer(Spec, _context).WithExitConfidence(1);
        using var leaving = Engine(first);
        using var staying = Engine(last);
        var rows = TestModels.Rows(5);
        using var recording = new Recording(TagNames.Network, Network, withSpans: true);

        rows.ForEach(row => leaving.Predict(row));
        staying.Predict(rows[0]);

        var counts = recording.ByTags("adaptive_inference.images");
        Assert.AreEqual(5.0, counts["adaptive_inference.exit=" + first.Blocks[0].Name]);
        Assert.AreEqual(1.0, counts["adaptive_inference.exit=last"]);
        Assert.HasCount(2, counts);
        CollectionAssert.AreEqual(
            Enumerable.Repeat("adaptive_inference.predict", 6).ToArray(), recording.Spans.Select(span => span.OperationName).ToArray());
        Assert.AreEqual("last", recording.Spans[^1].GetTagItem("adaptive_inference.exit"));
    }

    [TestMethod]
    public void AdaptiveFeatures_Rows_AreCountedOnceEach()
    {
        var network = TestModels.Transformer(Spec, _context);
        var data = TestModels.View(_context, TestModels.Rows(9));
        var features = _context.Transforms.AdaptiveFeatures("Picture", network).Fit(data).Transform(data);
        using var recording = new Recording(TagNames.Network, Network);

        Assert.HasCount(9, features.GetColumn<float[]>("Picture").ToArray());

        Assert.AreEqual(9.0, recording.ByTags("adaptive_inference.images")["adaptive_inference.exit=none"]);
        Assert.HasCount(9, recording.Of("adaptive_inference.image.compute_fraction"));
    }

    [TestMethod]
    public void Predict_ImageThatCannotBeRead_IsAnError()
    {
        using var engine = Engine(TestModels.Transformer(Spec, _context));
        var bad = TestModels.Rows(1)[0];
        bad.Features[3] = float.NaN;
        using var recording = new Recording(TagNames.Network, Network, withSpans: true);

        Assert.ThrowsExactly<FormatException>(() => engine.Predict(bad));

        Assert.AreEqual(1.0, recording.ByTags("adaptive_inference.images")["error.type=System.FormatException"]);
        Assert.IsEmpty(recording.Of("adaptive_inference.image.compute_fraction"));
        Assert.AreEqual(System.Diagnostics.ActivityStatusCode.Error, recording.Spans.Single().Status);
    }

    [TestMethod]
    public void Predict_Refused_IsCounted()
    {
        var network = TestModels.Transformer(Spec, _context);
        var rows = TestModels.Rows(60);
        var data = _context.Transforms.Conversion.MapValueToKey("Label").Fit(TestModels.View(_context, rows))
            .Transform(TestModels.View(_context, rows));

        // Nothing can be certified of random weights, so that nothing is accepted.
        var strict = network.WithRefusal(data, new RefusalOptions { MaximumRisk = 0.0001 });
        Assert.IsNotNull(strict.Refusal!.RowsNeeded);
        using var engine = Engine(strict);
        using var recording = new Recording(TagNames.Network, Network);

        rows.Take(4).ToList().ForEach(row => engine.Predict(row));

        Assert.AreEqual(4.0, recording.Of("adaptive_inference.refusals").Sum());
    }

    [TestMethod]
    public void Load_Model_IsCounted()
    {
        using var file = new MemoryStream();
        var data = TestModels.View(_context, TestModels.Rows(1));
        _context.Model.Save(TestModels.Transformer(Spec, _context), data.Schema, file);
        using var recording = new Recording(TagNames.Network, Network, withSpans: true);

        file.Position = 0;
        new MLContext(2).Model.Load(file, out _);

        Assert.AreEqual(1.0, recording.Of("adaptive_inference.model.loads").Sum());
        Assert.HasCount(1, recording.Of("adaptive_inference.model.load.duration"));
        Assert.AreEqual("adaptive_inference.load", recording.Spans.Single().OperationName);
    }

    [TestMethod]
    public void Monitor_Checks_AreCountedUnderItsName()
    {
        var monitor = new DriftMonitor { Name = "camera 3" };
        using var recording = new Recording(TagNames.Monitor, "camera 3");

        monitor.Record(disagrees: true);
        monitor.Record(disagrees: false);
        monitor.Record(disagrees: false);

        Assert.AreEqual(1.0, recording.ByTags("adaptive_inference.drift.checks")["adaptive_inference.agrees=False"]);
        Assert.AreEqual(2.0, recording.ByTags("adaptive_inference.drift.checks")["adaptive_inference.agrees=True"]);
        Assert.AreEqual(monitor.Report.Level, recording.Of("adaptive_inference.drift.level")[^1]);
        Assert.AreEqual((double)monitor.Report.Verdict, recording.Of("adaptive_inference.drift.verdict")[^1]);
    }

    [TestMethod]
    public void Monitor_Broken_ShowsInTheVerdict()
    {
        var monitor = new DriftMonitor { Name = "broken" };
        using var recording = new Recording(TagNames.Monitor, "broken");

        for (var row = 0; row < 100; row++)
        {
            monitor.Record(disagrees: true);
        }

        Assert.AreEqual(0.0, recording.Of("adaptive_inference.drift.verdict")[0]);
        Assert.AreEqual(2.0, recording.Of("adaptive_inference.drift.verdict")[^1]);
    }

    private PredictionEngine<VectorRow, ScoredVectorRow> Engine(GatedResNetTransformer network)
        => _context.Model.CreatePredictionEngine<VectorRow, ScoredVectorRow>(network, inputSchemaDefinition: TestModels.Schema());
}
