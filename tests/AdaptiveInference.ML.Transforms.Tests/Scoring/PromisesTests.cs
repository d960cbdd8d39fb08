using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Persistence;
using AdaptiveInference.ML.Transforms.Promises;
using AdaptiveInference.ML.Transforms.Tests.Persistence;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>What is certified about a network, from data in to columns, files and messages out.</summary>
[TestClass]
public sealed class PromisesTests
{
    private static readonly NetworkSpec Spec = TestModels.Spec() with
    {
        Exits = [new ExitSpec(0, HeadKind.Pooled), new ExitSpec(3, HeadKind.Pooled)],
    };

    private static readonly AccuracyGuaranteeOptions Generous = new() { MaximumDrop = 0.6 };
    private static readonly RefusalOptions Lenient = new() { MaximumRisk = 0.98, Confidence = 0.5 };

    private readonly MLContext _context = new(1);
    private readonly List<string> _log = [];

    public PromisesTests() => _context.Log += (_, message) =>
    {
        if (message.Kind == ChannelMessageKind.Warning)
        {
            _log.Add(message.Message);
        }
    };

    [TestMethod]
    public void WithAccuracyGuarantee_WithoutLabels_CountsOtherAnswersThanTheWholeNetworks()
    {
        var network = TestModels.Transformer(Spec, _context);
        var data = Keyed(400);

        var certified = network.WithAccuracyGuarantee(data, Generous);
        var guarantee = certified.Guarantee!;

        Assert.IsNull(guarantee.RowsNeeded);
        Assert.AreEqual(267L, guarantee.Rows);
        Assert.IsFalse(guarantee.HasLabels);
        Assert.IsLessThanOrEqualTo(0.6, guarantee.UpperBound);
        Assert.IsLessThan(1.0, guarantee.MeanComputeFraction);

        // The certifying rows by their own rule, and the whole network beside it.
        var whole = Answers(network.WithGateThreshold(0).WithExitConfidence(1), data);
        var bold = Answers(certified, data);
        var rows = new SplitOf(1, 400).Certifying;
        Assert.AreEqual(rows.Count(row => whole[row].PredictedLabel != bold[row].PredictedLabel), guarantee.Errors);
        Assert.AreEqual(rows.Average(row => (double)bold[row].ComputeFraction), guarantee.MeanComputeFraction, 1e-6);
        Assert.IsNull(network.Guarantee);
    }

    [TestMethod]
    public void WithAccuracyGuarantee_WithLabels_CountsWrongAnswersWhereTheWholeNetworkIsRight()
    {
        var network = TestModels.Transformer(Spec, _context);
        var data = Keyed(TestModels.Fitting(network, 400), TestModels.Names);

        var certified = network.WithAccuracyGuarantee(data, Generous with { LabelColumnName = "Key" });

        var whole = Answers(network.WithGateThreshold(0).WithExitConfidence(1), data);
        var bold = Answers(certified, data);
        var labels = data.GetColumn<uint>("Key").ToArray();
        var expected = new SplitOf(1, 400).Certifying.Count(
            row => bold[row].PredictedLabel != labels[row] && whole[row].PredictedLabel == labels[row]);
        Assert.AreEqual(expected, certified.Guarantee!.Errors);
        Assert.IsTrue(certified.Guarantee.HasLabels);
        Assert.AreEqual(
            new SplitOf(1, 400).Certifying.Average(row => whole[row].PredictedLabel == labels[row] ? 1.0 : 0),
            certified.Guarantee.WholeNetworkAccuracy!.Value, 1e-12);
        Assert.AreEqual((true, false), (certified.Guarantee.LabelsFit, certified.Guarantee.LabelsByPosition));
    }

    [TestMethod]
    public void WithAccuracyGuarantee_KeysInAnotherOrder_IsTheSame()
    {
        var network = TestModels.Transformer(Spec, _context);

        var rows = TestModels.Fitting(network, 200);
        var one = network.WithAccuracyGuarantee(
            Keyed(rows, TestModels.Names), Generous with { LabelColumnName = "Key" }).Guarantee;
        var other = network.WithAccuracyGuarantee(
            Keyed(rows, [.. TestModels.Names.Reverse()]), Generous with { LabelColumnName = "Key" }).Guarantee;

        Assert.AreEqual(one, other);
        Assert.IsNull(one!.RowsNeeded);
    }

    [TestMethod]
    public void WithAccuracyGuarantee_TooFewRows_RunsTheWholeNetworkAndSaysHowManyWouldDo()
    {
        var network = TestModels.Transformer(Spec, _context);

        var whole = network.WithAccuracyGuarantee(Keyed(20), new AccuracyGuaranteeOptions());

        Assert.AreEqual(449L, whole.Guarantee!.RowsNeeded);
        Assert.AreEqual((13L, 0L, 0.0), (whole.Guarantee.Rows, whole.Guarantee.Errors, whole.Guarantee.UpperBound));
        Assert.AreEqual(1, whole.Guarantee.MeanComputeFraction, 1e-6);
        Assert.AreEqual(0f, whole.GateThreshold);
        CollectionAssert.AreEqual(new[] { 1f, 1f }, whole.ExitConfidences.ToArray());
        StringAssert.Contains(whole.ToString(), "Give at least 449 calibration rows");
        Assert.IsTrue(_log.Any(line => line.Contains("Give at least 449 calibration rows", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    public void Calibration_OfNoRowOrOne_IsRefused(int rows)
    {
        var network = TestModels.Transformer(Spec, _context);
        var data = Keyed(rows);

        var guarantee = Assert.ThrowsExactly<ArgumentException>(() => network.WithAccuracyGuarantee(data, Generous));
        var sentence = $"Calibration data has {rows} row{(rows == 1 ? "" : "s")}, {rows} of which can be used. At least 2 are needed";
        StringAssert.StartsWith(guarantee.Message, sentence);
        foreach (var score in Enum.GetValues<RefusalScore>())
        {
            var refusal = Assert.ThrowsExactly<ArgumentException>(
                () => network.WithRefusal(data, Lenient with { LabelColumnName = "Key", Score = score }));

            StringAssert.StartsWith(refusal.Message, sentence);
        }
    }

    [TestMethod]
    public void Calibration_LabelsMissingOrUnknown_AreLeftOutAndCounted()
    {
        var network = TestModels.Transformer(Spec, _context);
        var rows = TestModels.Fitting(network, 100);
        rows[3].Label = "";
        rows[4].Label = "shoe";
        rows[5].Label = "shoe";
        var data = Keyed(rows, [.. TestModels.Names, "shoe"]);

        var guarantee = network.WithAccuracyGuarantee(data, Generous with { LabelColumnName = "Key" }).Guarantee!;
        var refusal = network.WithRefusal(data, Lenient with { LabelColumnName = "Key" }).Refusal!;

        Assert.AreEqual(3L, guarantee.RowsLeftOut);
        StringAssert.EndsWith(
            guarantee.ToString(), " 3 rows were left out: 1 without a label, 2 of classes that the network does not know.");

        // An answer to an image of an unknown class is a wrong one, and counts.
        Assert.AreEqual((1L, 2L), (refusal.RowsLeftOut, refusal.RowsOfOtherClasses));
        StringAssert.EndsWith(
            refusal.ToString(), " 2 rows of classes that the network does not know count as answered wrongly. 1 row was left out: 1 "
            + "without a label.");
    }

    [TestMethod]
    public void Calibration_OfOtherClasses_IsRefused()
    {
        var rows = TestModels.Rows(100);
        rows.ForEach(row => row.Label = "car");
        var network = TestModels.Transformer(Spec, _context);

        var error = Assert.ThrowsExactly<ArgumentException>(
            () => network.WithAccuracyGuarantee(Keyed(rows, ["car", "bus"]), Generous with { LabelColumnName = "Key" }));

        StringAssert.Contains(error.Message, "of the calibration data must have classes of the training data (bag, boot, coat, dress)");
    }

    [TestMethod]
    public void Calibration_ByTheNetworksOwnAnswers_IsRefused()
    {
        var network = TestModels.Transformer(Spec, _context);

        var error = Assert.ThrowsExactly<ArgumentException>(() => network.WithRefusal(
            network.Transform(Keyed(50)), Lenient with { LabelColumnName = "PredictedLabel", AcceptedColumnName = "Sure" }));

        StringAssert.Contains(error.Message, "'PredictedLabel'");
    }

    [TestMethod]
    public void Calibration_ImageThatOverflows_NamesTheRow()
    {
        var rows = TestModels.Rows(20);
        rows[7].Features = [.. Enumerable.Repeat(3e38f, TestModels.Side * TestModels.Side)];

        var error = Assert.Throws<FormatException>(
            () => TestModels.Transformer(Spec, _context).WithAccuracyGuarantee(Keyed(rows, TestModels.Names), Generous));

        StringAssert.Contains(error.Message, "Row 7 of column 'Features'");
        foreach (var score in Enum.GetValues<RefusalScore>())
        {
            error = Assert.Throws<FormatException>(() => TestModels.Transformer(Spec, _context).WithRefusal(
                Keyed(rows, TestModels.Names), Lenient with { LabelColumnName = "Key", Score = score }));
            StringAssert.Contains(error.Message, "Row 7 of column 'Features'");
        }

        var monitor = new DriftMonitor(new DriftMonitorOptions { Share = 1 });
        error = Assert.Throws<FormatException>(() => Answers(
            TestModels.Transformer(Spec, _context).WithMonitor(monitor), TestModels.View(_context, rows[7..8])));
        StringAssert.Contains(error.Message, "Row 0 of column 'Features'");
        Assert.AreEqual(0, monitor.Report.RowsChecked);
    }

    [TestMethod]
    [DataRow(RefusalScore.Probability)]
    [DataRow(RefusalScore.Energy)]
    [DataRow(RefusalScore.Distance)]
    public void Promises_OfEqualRows_StandOrFallTogether(RefusalScore score)
    {
        // One picture a hundred times, with two labels in turns: half of its answers are wrong, or all.
        var one = TestModels.Rows(1)[0];
        List<VectorRow> rows = [.. Enumerable.Range(0, 100).Select(
            i => new VectorRow { Id = i, Label = TestModels.Names[i % 2], Features = one.Features })];
        var network = TestModels.Transformer(Spec, _context);

        var refusal = network.WithRefusal(
            Keyed(rows, TestModels.Names), Lenient with { LabelColumnName = "Key", Score = score, MaximumRisk = 0.2 });
        var certified = network.WithAccuracyGuarantee(Keyed(rows, TestModels.Names), Generous);

        Assert.AreEqual(0L, refusal.Refusal!.Accepted);
        Assert.AreEqual(1, Answers(certified, Keyed(rows, TestModels.Names)).Select(row => row.Bits()).Distinct().Count());
        Assert.IsTrue(certified.Guarantee!.Errors is 0 or 67, certified.Guarantee.ToString());
    }

    [TestMethod]
    [DataRow(RefusalScore.Probability)]
    [DataRow(RefusalScore.Energy)]
    [DataRow(RefusalScore.Distance)]
    public void Promises_InAPredictionEngine_AreThoseOfTransform(RefusalScore score)
    {
        var (data, monitor) = (Keyed(200), new DriftMonitor(new DriftMonitorOptions { Share = 1 }));
        var certified = TestModels.Transformer(Spec, _context).WithAccuracyGuarantee(data, Generous)
            .WithRefusal(data, Lenient with { LabelColumnName = "Key", Score = score, MaximumRisk = 0.85 });
        var expected = certified.Transform(data).GetColumn<bool>("Accepted").Take(40).ToArray();
        var bits = Answers(certified, data).Take(40).Select(row => row.Bits()).ToArray();

        using var engine = _context.Model.CreatePredictionEngine<VectorRow, AcceptedRow>(
            certified.WithMonitor(monitor), inputSchemaDefinition: TestModels.Schema());
        using var scores = _context.Model.CreatePredictionEngine<VectorRow, ScoredVectorRow>(
            certified, inputSchemaDefinition: TestModels.Schema());

        CollectionAssert.AreEqual(expected, TestModels.Rows(200).Take(40).Select(row => engine.Predict(row).Accepted).ToArray());
        CollectionAssert.AreEqual(bits, TestModels.Rows(200).Take(40).Select(row => scores.Predict(row).Bits()).ToArray());
        Assert.AreEqual(40, monitor.Report.RowsChecked);
    }

    [TestMethod]
    public void Options_OutOfRange_AreAllSaid()
    {
        var network = TestModels.Transformer(Spec, _context);

        var guarantee = Assert.ThrowsExactly<ArgumentException>(() => network.WithAccuracyGuarantee(
            Keyed(4), new AccuracyGuaranteeOptions { MaximumDrop = 0, Confidence = 1, LabelColumnName = " " }));
        var refusal = Assert.ThrowsExactly<ArgumentException>(() => network.WithRefusal(
            Keyed(4), new RefusalOptions { MaximumRisk = 1, AcceptedColumnName = "Score" }));

        StringAssert.Contains(guarantee.Message, "has 3 faults");
        StringAssert.Contains(guarantee.Message, "MaximumDrop must be above 0 and less than 1, got 0.");
        StringAssert.Contains(guarantee.Message, "Confidence must be from 0.5 to less than 1, got 1.");
        StringAssert.Contains(refusal.Message, "MaximumRisk must be above 0 and less than 1, got 1.");
        StringAssert.Contains(refusal.Message, "AcceptedColumnName must not be 'Score'");
    }

    [TestMethod]
    public void WithAccuracyGuarantee_NetworkThatSavesNothing_IsRefused()
        => StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => TestModels.Transformer(TestModels.Spec(NetworkKind.ResNet), _context)
                .WithAccuracyGuarantee(Keyed(10), Generous)).Message,
            "neither gates nor early exits");

    [TestMethod]
    [DataRow(RefusalScore.Probability)]
    [DataRow(RefusalScore.Energy)]
    [DataRow(RefusalScore.Distance)]
    public void WithRefusal_Rows_KeepTheirScoresAndSayWhetherTheyAreAccepted(RefusalScore score)
    {
        var network = TestModels.Transformer(Spec, _context).WithExitConfidence(0.4f);
        var data = Keyed(400);
        var options = Lenient with { LabelColumnName = "Key", Score = score, MaximumRisk = 0.85 };

        var careful = network.WithRefusal(data, options);

        var refusal = careful.Refusal!;
        Assert.IsNotNull(refusal.Threshold);
        var (plain, scored) = (Answers(network, data), Answers(careful, data));
        CollectionAssert.AreEqual(plain.ConvertAll(row => row.Bits()), scored.ConvertAll(row => row.Bits()));
        var accepted = careful.Transform(data).GetColumn<bool>("Accepted").ToArray();
        var labels = data.GetColumn<uint>("Key").ToArray();
        var rows = new SplitOf(1, 400).Certifying;
        Assert.AreEqual(rows.Count(row => accepted[row]), refusal.Accepted);
        Assert.AreEqual(rows.Count(row => accepted[row] && labels[row] != plain[row].PredictedLabel), refusal.Errors);
        if (score == RefusalScore.Probability)
        {
            CollectionAssert.AreEqual(plain.ConvertAll(row => row.Score.Max() >= refusal.Threshold), accepted);
        }

        if (score == RefusalScore.Distance)
        {
            CollectionAssert.AreEqual(ByDistance(careful, refusal.Threshold!.Value), accepted);
        }

        using var engine = _context.Model.CreatePredictionEngine<VectorRow, AcceptedRow>(
            careful, inputSchemaDefinition: TestModels.Schema());
        CollectionAssert.AreEqual(
            accepted.Take(30).ToArray(), TestModels.Rows(400).Take(30).Select(r => engine.Predict(r).Accepted).ToArray());
    }

    [TestMethod]
    public void Evaluate_ScoredByACarefulNetwork_KnowsCoverageAndRisk()
    {
        var data = Keyed(300);
        var options = Lenient with { LabelColumnName = "Key", MaximumRisk = 0.85, AcceptedColumnName = "Sure" };
        var careful = TestModels.Transformer(Spec, _context).WithRefusal(data, options);
        var scored = careful.Transform(data);
        var accepted = scored.GetColumn<bool>("Sure").ToArray();
        var (labels, answers) = (data.GetColumn<uint>("Key").ToArray(), scored.GetColumn<uint>("PredictedLabel").ToArray());
        var risk = accepted.Where((isAccepted, row) => isAccepted && labels[row] != answers[row]).Count()
            / (double)accepted.Count(isAccepted => isAccepted);

        var metrics = _context.MulticlassClassification.EvaluateAdaptive(scored, "Key", acceptedColumnName: "Sure");
        var blind = _context.MulticlassClassification.EvaluateAdaptive(scored, "Key");

        Assert.AreEqual(accepted.Count(isAccepted => isAccepted) / 300.0, metrics.Coverage!.Value, 1e-12);
        Assert.AreEqual(risk, metrics.Risk!.Value, 1e-12);
        StringAssert.Contains(metrics.ToString(), "Accepted");
        Assert.IsNull(blind.Coverage);
        Assert.IsNull(blind.Risk);
    }

    [TestMethod]
    public void WithRefusal_NoScoreNamed_TakesDistancesAndAllocatesNothingForThem()
    {
        Assert.AreEqual(RefusalScore.Distance, new RefusalOptions().Score);
        var careful = TestModels.Transformer(Spec, _context).WithExitConfidence(0.4f)
            .WithRefusal(Keyed(400), Lenient with { LabelColumnName = "Key" });
        using var engine = _context.Model.CreatePredictionEngine<VectorRow, AcceptedRow>(
            careful, inputSchemaDefinition: TestModels.Schema());
        var (rows, answer, allocated) = (TestModels.Rows(20), new AcceptedRow(), new List<long>());

        for (var round = 0; round < 6; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 2_000; i++)
            {
                engine.Predict(rows[i % rows.Count], ref answer);
            }

            allocated.Add(GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.IsLessThan(20_000L, allocated.Min(), string.Join(", ", allocated));
    }

    [TestMethod]
    public void WithRefusal_ByDistance_RefusesAPictureUnlikeTheClassesThatTheNetworkIsSureOf()
    {
        // Of one bright bar each; a chessboard is none.
        var network = TestModels.Transformer(Spec, _context);
        var data = Keyed(400);
        var odd = new VectorRow
        {
            Features = [.. Enumerable.Range(0, TestModels.Side * TestModels.Side).Select(i => i % 2 == 0 ? 0f : 2_000f)],
        };

        var careful = network.WithRefusal(data, Lenient with { LabelColumnName = "Key" });

        var all = TestModels.View(_context, [odd]);
        var score = Answers(network, all)[0].Score.Max();
        bool IsAccepted(RefusalScore kind) => new GatedResNetTransformer(
            _context,
            careful.Model.With(null, new RefusalGuarantee { Score = kind, Threshold = 0.9f * score }, careful.Model.Distances),
            careful.Columns).Transform(all).GetColumn<bool>("Accepted").Single();
        Assert.IsTrue(IsAccepted(RefusalScore.Probability));
        Assert.IsFalse(IsAccepted(RefusalScore.Distance));
    }

    [TestMethod]
    public void WithRefusal_OneClassAlone_IsCertifiedByDistance()
    {
        // Three of four classes have no mean of their own.
        var rows = TestModels.Rows(300).Where(row => row.Label == "bag").ToList();

        var refusal = TestModels.Transformer(Spec, _context).WithRefusal(
            Keyed(rows, TestModels.Names), new RefusalOptions { LabelColumnName = "Key", MaximumRisk = 0.99, Confidence = 0.5 }).Refusal!;

        Assert.AreEqual(50L, refusal.Rows);
        Assert.IsNotNull(refusal.Threshold);
    }

    [TestMethod]
    public void Promises_InCrossValidation_AreOfEachFold()
    {
        var data = Keyed(120);
        var monitor = new DriftMonitor(new DriftMonitorOptions { Share = 1 });
        var estimator = new Certifying(TestModels.Transformer(Spec, _context), monitor);

        var folds = _context.MulticlassClassification.CrossValidate(data, estimator, 3, labelColumnName: "Key");

        foreach (var fold in folds)
        {
            var network = fold.Model.AdaptiveNetwork();
            Assert.IsNotNull(network.Guarantee);
            Assert.IsNotNull(network.Refusal);
            var metrics = _context.MulticlassClassification.EvaluateAdaptive(fold.ScoredHoldOutSet, "Key");
            Assert.IsNotNull(metrics.Coverage);
        }

        Assert.IsGreaterThanOrEqualTo(120, monitor.Report.RowsChecked);
    }

    [TestMethod]
    public void WithAccuracyGuarantee_ByTime_SaysWhatItSavesOfBoth()
    {
        var network = TestModels.Transformer(Spec, _context);
        var data = Keyed(200);

        var certified = network.WithAccuracyGuarantee(data, Generous with { Saves = SavedQuantity.Time });

        var guarantee = certified.Guarantee!;
        var rows = new SplitOf(1, 200).Certifying;
        var scored = Answers(certified, data);
        Assert.AreEqual(rows.Average(row => (double)scored[row].ComputeFraction), guarantee.MeanComputeFraction, 1e-6);
        Assert.IsNotNull(certified.FullMicroseconds);
        Assert.IsInRange(1e-6, 1.0, guarantee.MeanTimeFraction!.Value);
        StringAssert.Contains(guarantee.ToString(), " % of the compute and ");
        Assert.IsNull(network.WithAccuracyGuarantee(data, Generous).Guarantee!.MeanTimeFraction);
        var loaded = (GatedResNetTransformer)new MLContext().Model.Load(SaveAndLoadTests.Saved(certified, data.Schema), out _);
        Assert.AreEqual(guarantee, loaded.Guarantee);
    }

    [TestMethod]
    public void Find_TimeThatNothingSaves_RunsTheWholeNetwork()
    {
        // All of the time is the stem's, although blocks are most of the multiply–accumulates.
        var network = TestModels.Transformer(Spec, _context);
        var data = Keyed(200);
        var source = new CalibrationSource(
            network.Plan, ImageColumn.ForModel(data.Schema, "Features", network.Model), Label: null, Group: null, KeepsUnknown: false);
        CostTable Times(double stem, double body) => new(
            stem, [.. network.Blocks.Select(_ => new BlockPrice(body, 0, 0))], [0, 0], 0);

        var (_, none, _) = AccuracyCertificate.Find(
            network.Model, source, data, Generous with { Saves = SavedQuantity.Time }, (_, _) => Times(1, 0));
        var (_, some, times) = AccuracyCertificate.Find(
            network.Model, source, data, Generous with { Saves = SavedQuantity.Time }, (_, _) => Times(0, 1));

        Assert.AreEqual((0L, 1.0), (none.RowsNeeded, none.MeanTimeFraction));
        Assert.AreEqual(1, none.MeanComputeFraction, 1e-6);
        Assert.IsNull(some.RowsNeeded);
        Assert.IsLessThan(1.0, some.MeanTimeFraction!.Value);
        Assert.AreEqual(network.Blocks.Count, times!.Full, 1e-9);
    }

    [TestMethod]
    [DataRow(RefusalScore.Energy)]
    [DataRow(RefusalScore.Distance)]
    public void Promises_SavedAndLoaded_AreKept(RefusalScore score)
    {
        var data = Keyed(400);
        var certified = TestModels.Transformer(Spec, _context).WithAccuracyGuarantee(data, Generous)
            .WithRefusal(data, Lenient with { LabelColumnName = "Key", Score = score, AcceptedColumnName = "Sure" });

        var loaded = (GatedResNetTransformer)new MLContext().Model.Load(SaveAndLoadTests.Saved(certified, data.Schema), out _);

        Assert.AreEqual(certified.Guarantee, loaded.Guarantee);
        Assert.AreEqual(certified.Refusal, loaded.Refusal);
        Assert.IsNotNull(loaded.Guarantee);
        CollectionAssert.AreEqual(
            certified.Transform(data).GetColumn<bool>("Sure").ToArray(), loaded.Transform(data).GetColumn<bool>("Sure").ToArray());
        Assert.AreEqual(certified.ToString(), loaded.ToString());
        Assert.AreEqual(0x00010004u, ModelArchive.OldestReader(certified.Model));
        Assert.AreEqual(0x00010004u, ModelArchive.OldestReader(certified.Model.With(certified.Guarantee, null)));
        Assert.AreEqual(0x00010004u, ModelArchive.OldestReader(certified.Model.With(null, certified.Refusal)));
        Assert.AreEqual(0x00010001u, ModelArchive.OldestReader(certified.Model.With(null, null)));
    }

    [TestMethod]
    public void Promises_NothingCertified_SavedAndLoaded_AreKept()
    {
        var data = Keyed(20);
        var certified = TestModels.Transformer(Spec, _context).WithAccuracyGuarantee(data, new AccuracyGuaranteeOptions())
            .WithRefusal(data, new RefusalOptions { LabelColumnName = "Key" });

        var loaded = (GatedResNetTransformer)new MLContext().Model.Load(SaveAndLoadTests.Saved(certified, data.Schema), out _);

        Assert.AreEqual(certified.Guarantee, loaded.Guarantee);
        Assert.AreEqual(certified.Refusal, loaded.Refusal);
        Assert.IsNull(loaded.Refusal!.Threshold);
        Assert.IsFalse(loaded.Transform(data).GetColumn<bool>("Accepted").Any(accepted => accepted));
    }

    public static IEnumerable<object[]> Voids =>
    [
        ["WithTimeBudget", (Func<GatedResNetTransformer, IDataView, GatedResNetTransformer>)((n, d) => n.WithTimeBudget(d, 5.0))],
        ["WithGateThreshold", (Func<GatedResNetTransformer, IDataView, GatedResNetTransformer>)((n, _) => n.WithGateThreshold(0.5f))],
        ["WithExitConfidence", (Func<GatedResNetTransformer, IDataView, GatedResNetTransformer>)((n, _) => n.WithExitConfidence(0.5f))],
        ["WithComputeBudget", (Func<GatedResNetTransformer, IDataView, GatedResNetTransformer>)((n, d) => n.WithComputeBudget(d, 0.8))],
        ["WithResizing", (Func<GatedResNetTransformer, IDataView, GatedResNetTransformer>)((n, _) => n.WithResizing(ResizingKind.IsoPad))],
        ["WithImageShape", (Func<GatedResNetTransformer, IDataView, GatedResNetTransformer>)(
            (n, _) => n.WithImageShape(new ImageShape(1, 16, 16)))],
    ];

    [TestMethod]
    [DynamicData(nameof(Voids))]
    public void With_WhatVoidsAPromise_GivesItUpAndSaysSo(
        string name, Func<GatedResNetTransformer, IDataView, GatedResNetTransformer> change)
    {
        var data = Keyed(200);
        var certified = TestModels.Transformer(Spec, _context).WithAccuracyGuarantee(data, Generous)
            .WithRefusal(data, Lenient with { LabelColumnName = "Key" });
        Assert.IsNotNull(certified.Guarantee);
        Assert.IsNotNull(certified.Refusal);

        var changed = change(certified, data);

        Assert.IsNull(changed.Guarantee);
        Assert.IsNull(changed.Refusal);
        Assert.IsNull(changed.Columns.Accepted);
        var sentence = $"{name} gave up what WithAccuracyGuarantee had certified, what WithRefusal had certified and the column "
            + "'Accepted'. Certify again.";
        StringAssert.EndsWith(changed.ToString(), sentence);
        Assert.IsTrue(_log.Any(line => line.Contains(sentence, StringComparison.Ordinal)));

        // What was never certified is not given up.
        Assert.IsFalse(change(TestModels.Transformer(Spec, _context), data).ToString().Contains("gave up", StringComparison.Ordinal));
    }

    [TestMethod]
    public void WithGateBudget_AfterPromises_GivesThemUp()
    {
        var spec = TestModels.Spec(gate: GateKind.FeedForwardI) with { AnyBudget = true, Exits = Spec.Exits };
        var (network, data) = (TestModels.Transformer(spec, _context), Keyed(200));
        var certified = network.WithAccuracyGuarantee(data, Generous).WithRefusal(data, Lenient with { LabelColumnName = "Key" });
        Assert.IsNotNull(certified.Guarantee);
        Assert.IsNotNull(certified.Refusal);
        var loaded = (GatedResNetTransformer)new MLContext().Model.Load(SaveAndLoadTests.Saved(certified, data.Schema), out _);
        Assert.AreEqual((certified.Guarantee, certified.Refusal), (loaded.Guarantee, loaded.Refusal));
        Assert.AreEqual(certified.GateBudget, loaded.GateBudget);

        var told = loaded.WithGateBudget(0.4f);

        Assert.IsNull(told.Guarantee);
        Assert.IsNull(told.Refusal);
        StringAssert.EndsWith(
            told.ToString(), "WithGateBudget gave up what WithAccuracyGuarantee had certified, what WithRefusal had certified and the "
            + "column 'Accepted'. Certify again.");

        // A refusal alone is of the setting that it found.
        var careful = network.WithGateBudget(0.4f).WithRefusal(data, Lenient with { LabelColumnName = "Key" });
        Assert.AreEqual(0.4f, careful.GateBudget);
        Assert.IsNotNull(careful.Refusal);
    }

    [TestMethod]
    public void WithAccuracyGuarantee_AfterARefusal_GivesThatUp()
    {
        var data = Keyed(200);
        var careful = TestModels.Transformer(Spec, _context).WithRefusal(data, Lenient with { LabelColumnName = "Key" });

        var certified = careful.WithAccuracyGuarantee(data, Generous);

        Assert.IsNotNull(certified.Guarantee);
        Assert.IsNull(certified.Refusal);
        StringAssert.Contains(certified.ToString(), "WithAccuracyGuarantee gave up what WithRefusal had certified");
    }

    // From the map that the head which answered reads, and the classes' means.
    private static List<bool> ByDistance(GatedResNetTransformer network, float threshold)
    {
        var (plan, model) = (network.Plan, network.Model);
        var (trace, probabilities) = (new ExecutionTrace(model.Blocks.Blocks.Count), new float[TestModels.Names.Length]);
        int[] channels = [.. model.Blocks.HeadChannels];
        var features = new float[channels.Sum()];
        return TestModels.Rows(400).ConvertAll(row =>
        {
            plan.Run(row.Features, model.Policy, probabilities, trace);
            var (answer, best) = (Array.IndexOf(probabilities, probabilities.Max()), probabilities.Max());
            var head = trace.ExitTaken < 0 ? channels.Length - 1 : trace.ExitTaken;
            plan.HeadFeatures(row.Features, model.Policy, features, trace);
            var own = features.Skip(channels[..head].Sum()).Take(channels[head]).ToArray();
            var length = Math.Sqrt(own.Sum(value => (double)value * value));
            var (means, weights) = (model.Distances!.Heads[head].Means, model.Distances.Heads[head].Weights);
            var distance = own.Select((value, i) => weights[i] * Math.Pow((value / length) - means[(answer * own.Length) + i], 2)).Sum();
            return (float)(best / Math.Pow(Math.Max(1, distance), 2)) >= threshold;
        });
    }

    private static List<ScoredVectorRow> Answers(GatedResNetTransformer network, IDataView data)
        => TestModels.Read(new MLContext(1), network.Transform(data));

    private IDataView Keyed(int count) => Keyed(TestModels.Rows(count), TestModels.Names);

    private IDataView Keyed(IReadOnlyList<VectorRow> rows, string[] order)
    {
        var keys = _context.Data.LoadFromEnumerable(order.Select(name => new KeyRow { Name = name }));
        var data = TestModels.View(_context, rows);
        return _context.Transforms.Conversion.MapValueToKey("Key", "Label", keyData: keys).Fit(data).Transform(data);
    }

    /// <summary>Certifies with what it is fitted to.</summary>
    private sealed class Certifying(GatedResNetTransformer network, DriftMonitor monitor) : IEstimator<GatedResNetTransformer>
    {
        public GatedResNetTransformer Fit(IDataView input)
            => network.WithAccuracyGuarantee(input, Generous).WithRefusal(input, Lenient with { LabelColumnName = "Key" })
                .WithMonitor(monitor);

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema;
    }

    private sealed class KeyRow
    {
        public string Name { get; set; } = "";
    }

    private sealed class AcceptedRow
    {
        public bool Accepted { get; set; }
    }
}
