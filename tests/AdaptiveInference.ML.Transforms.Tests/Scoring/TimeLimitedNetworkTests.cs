using AdaptiveInference.ML.Transforms.Architectures;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>Limits that no machine can meet, and limits that every machine meets.</summary>
[TestClass]
public sealed class TimeLimitedNetworkTests
{
    private static readonly TimeSpan Never = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Always = TimeSpan.FromDays(1);

    private static readonly NetworkSpec Spec = TestModels.Spec() with
    {
        Exits = [new ExitSpec(0, HeadKind.Pooled), new ExitSpec(3, HeadKind.Pooled)],
    };

    private readonly MLContext _context = new(1);
    private readonly List<string> _log = [];

    public TimeLimitedNetworkTests() => _context.Log += (_, message) =>
    {
        if (message.Kind == ChannelMessageKind.Warning)
        {
            _log.Add(message.Message);
        }
    };

    [TestMethod]
    public void WithTimeLimit_NoTime_TakesTheFirstExitsAnswerAndSaysSo()
    {
        var network = TestModels.Transformer(Spec, _context);

        var limited = network.WithTimeLimit(Never);

        Same(network.WithExitConfidence(0), limited);
        StringAssert.Matches(_log.Single(), new(
            @"The time limit is 0\.0001 ms, and the first exit's answer alone takes about [\d.]+ ms here: every image will leave there, "
            + @"and be late\.$"));
    }

    [TestMethod]
    public void WithTimeLimit_TimeEnough_ChangesNothing()
    {
        var network = TestModels.Transformer(Spec, _context).WithExitConfidence(0.4f);

        var limited = network.WithTimeLimit(Always);

        Same(network, limited);
        Assert.IsEmpty(_log);
        Assert.AreEqual(Always, limited.TimeLimit);
        Assert.IsNull(network.TimeLimit);
        Assert.IsTrue(limited.Blocks.All(block => block.Microseconds > 0));
        Assert.Contains("An image has 86400000 ms at most.", limited.ToString());
    }

    [TestMethod]
    public void WithTimeLimit_Certified_GivesUpWhatIsCertified()
    {
        var certified = TestModels.Transformer(Spec, _context)
            .WithAccuracyGuarantee(TestModels.View(_context, TestModels.Rows(300)), new AccuracyGuaranteeOptions { MaximumDrop = 0.6 });
        _log.Clear();

        var limited = certified.WithTimeLimit(Always);

        Assert.IsNull(limited.Guarantee);
        Assert.Contains("WithTimeLimit gave up what WithAccuracyGuarantee had certified.", _log.Single());
    }

    [TestMethod]
    public void WithTimeLimit_Others_DropItAndTheMonitorKeepsIt()
    {
        var limited = TestModels.Transformer(Spec, _context).WithTimeLimit(Always);

        Assert.AreEqual(Always, limited.WithMonitor(new DriftMonitor()).TimeLimit);
        var bolder = limited.WithExitConfidence(0.5f);
        Assert.IsNull(bolder.TimeLimit);
        const string Sentence = "WithExitConfidence gave up the time limit of 86400000 ms. Call WithTimeLimit again.";
        Assert.AreEqual(Sentence, _log.Single().Split("] ")[^1]);
        Assert.EndsWith(Sentence, bolder.ToString());
        Assert.DoesNotContain("gave up", bolder.WithTimeLimit(Always).ToString());
        using var file = new MemoryStream();
        _context.Model.Save(limited, TestModels.View(_context, TestModels.Rows(1)).Schema, file);
        file.Position = 0;
        Assert.IsNull(_context.Model.Load(file, out _).AdaptiveNetwork().TimeLimit);
    }

    [TestMethod]
    public void WithTimeLimit_WhatItCannotBe_IsRefused()
    {
        var network = TestModels.Transformer(Spec, _context);

        Assert.StartsWith(
            "The time limit of an image must be above 0, got 0 ms.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => network.WithTimeLimit(TimeSpan.Zero)).Message);
        Assert.StartsWith(
            "The time limit of an image must be above 0, got -1 ms.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => network.WithTimeLimit(Timeout.InfiniteTimeSpan)).Message);
        Assert.StartsWith(
            "This network has no early exits",
            Assert.ThrowsExactly<InvalidOperationException>(
                () => TestModels.Transformer(context: _context).WithTimeLimit(Always)).Message);
    }

    private void Same(GatedResNetTransformer expected, GatedResNetTransformer actual)
    {
        var rows = TestModels.Rows(20);
        var data = TestModels.View(_context, rows);
        CollectionAssert.AreEqual(Scores(expected.Transform(data)), Scores(actual.Transform(data)));
        var engine = _context.Model.CreatePredictionEngine<VectorRow, Scored>(actual, data.Schema);
        CollectionAssert.AreEqual(Scores(expected.Transform(data)), rows.SelectMany(row => engine.Predict(row).Score).ToArray());
    }

    private static float[] Scores(IDataView scored) => [.. scored.GetColumn<float[]>("Score").SelectMany(scores => scores)];

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
