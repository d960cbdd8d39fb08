using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Persistence;
using AdaptiveInference.ML.Transforms.Tests.Inference;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>What <c>WithInt8</c> promises, on networks whose 1×1 convolutions are faster in 8 bits on every machine with vectors.</summary>
[TestClass]
public sealed class Int8Tests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(NetworkKind.ResNet)]
    [DataRow(NetworkKind.SkipNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void WithInt8_ScoresNearly_AndLoadsToTheSameBits(NetworkKind network)
    {
        var (floats, data) = (Transformer(network), Data());
        var before = Read(floats.Transform(data));

        var eight = floats.WithInt8(data);
        var scored = Read(eight.Transform(data));
        var loaded = (GatedResNetTransformer)new MLContext(2).Model.Load(Saved(eight, data), out _);

        Assert.IsNull(floats.Int8);
        Assert.AreEqual(0, floats.Int8Convolutions);
        Assert.AreEqual(40, eight.Int8!.Rows);
        Assert.AreEqual(eight.Int8, loaded.Int8);
        Assert.AreEqual(eight.Int8Convolutions, loaded.Int8Convolutions);
        Assert.AreEqual(0x00010004u, ModelArchive.OldestReader(eight.Model));
        CollectionAssert.AreEqual(scored.ConvertAll(row => row.Bits()), Read(loaded.Transform(data)).ConvertAll(row => row.Bits()));
        var worst = before.Zip(scored).Where(pair => pair.First.ExecutionPath.SequenceEqual(pair.Second.ExecutionPath))
            .Average(pair => pair.First.Score.Zip(pair.Second.Score, (a, b) => Math.Abs(a - b)).Max());
        Assert.IsLessThan(0.05f, worst);
        Assert.AreEqual(eight.Int8Convolutions > 0, worst > 0, "Scores change where, and only where, something is in 8 bits.");
    }

    [TestMethod]
    public void WithInt8_All_IsKeptByFiles_AndScoresNearly()
    {
        var (floats, data) = (Transformer(NetworkKind.ConvNetAig), Data());

        var all = floats.WithInt8(data, Int8Choice.All);
        var loaded = (GatedResNetTransformer)new MLContext(2).Model.Load(Saved(all, data), out _);

        Assert.AreEqual(15, all.Int8Convolutions);
        Assert.IsInRange(0, 15, floats.WithInt8(data).Int8Convolutions);
        CollectionAssert.AreEqual(all.Model.Int8!.Set.Values.ToArray(), loaded.Model.Int8!.Set.Values.ToArray());
        CollectionAssert.AreEqual(all.Model.Int8.Biases.Values.ToArray(), loaded.Model.Int8.Biases.Values.ToArray());
        CollectionAssert.AreEqual(
            Read(all.Transform(data)).ConvertAll(row => row.Bits()), Read(loaded.Transform(data)).ConvertAll(row => row.Bits()));
        StringAssert.Contains(all.ToString(), $"{Environment.NewLine}15 of 15 convolutions of blocks are in 8 bits");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => floats.WithInt8(data, (Int8Choice)2));
    }

    [TestMethod]
    public void WithInt8_ExitAtTheEdge_LeavesConvolutionsOutUntilExitsStay()
    {
        var spec = Spec(NetworkKind.ResNet) with { Exits = [new ExitSpec(2, HeadKind.Pooled)] };
        var data = TestModels.View(_context, TestModels.Rows(800, Side * Side), 1, Side, Side);
        var floats = TestModels.Transformer(spec, _context);
        floats = floats.With(floats.Model.Policy with { ExitConfidence = [0] });
        var confidence = Read(floats.Transform(data)).ConvertAll(row => row.Score.Max()).Order().ElementAt(400);
        floats = floats.With(floats.Model.Policy with { ExitConfidence = [confidence] });

        var (all, kept) = (floats.WithInt8(data, Int8Choice.All), floats.WithInt8(data));
        var loaded = (GatedResNetTransformer)new MLContext(2).Model.Load(Saved(kept, data), out _);

        Assert.AreEqual(0, all.Int8!.ConvolutionsLeftOut);
        Assert.IsLessThan(0.995, all.Int8.SameExits!.Value, "The threshold is not at the edge.");
        var faster = Int8SetChoice.Of(floats.Model.Blocks, VectorWidthChoice.Best, Int8Choice.FasterHere).Count;
        Assert.AreEqual(faster, kept.Int8Convolutions + kept.Int8!.ConvolutionsLeftOut);

        // A quarter of a percent of them changes at the thresholds around.
        Assert.IsTrue(kept.Int8.SameExits >= 0.995 || kept.Int8Convolutions == 0, $"{kept.Int8.SameExits} of exits stayed");
        Assert.AreEqual(kept.Int8, loaded.Int8);
        if (EightBitKernels.Of(VectorWidthChoice.Best).Kind != DotInstructions.Avx512)
        {
            Assert.Inconclusive("What gains on this processor may keep all exits.");
        }

        Assert.IsGreaterThan(0, kept.Int8.ConvolutionsLeftOut);
        StringAssert.Contains(
            kept.ToString(), $"To that end {kept.Int8.ConvolutionsLeftOut} convolutions that are faster in 8 bits stayed in 32.");
    }

    [TestMethod]
    public void Int8Ranges_MoreLeftOutThanThereAre_AreRefused()
    {
        var model = Transformer(NetworkKind.ResNet).WithInt8(Data(), Int8Choice.All).Model;

        var error = Assert.ThrowsExactly<ArgumentException>(
            () => model.Int8!.With(model.Blocks, model.Int8.Calibration with { ConvolutionsLeftOut = 1 }));

        Assert.AreEqual("8 bits leave 1 convolutions out, and only 0 are not in them.", error.Message);
    }

    [TestMethod]
    public void WithInt8_NoneGains_SaysSo()
    {
        var spec = TestModels.Spec(NetworkKind.SkipNet) with
        {
            Architecture = ResNetArchitecture.ImageNet([1, 1, 1], bottleneck: false).WithStemWidth(8), Image = new ImageShape(1, 8, 8),
        };
        var data = TestModels.View(_context, TestModels.Rows(40, 8 * 8), 1, 8, 8);
        List<string> log = [];
        _context.Log += (_, e) => log.Add(e.Message);
        var floats = TestModels.Transformer(spec, _context);

        var eight = floats.WithInt8(data);

        Assert.AreEqual(0, eight.Int8Convolutions);
        Assert.Contains(message => message.Contains("use WithInt8(data, Int8Choice.All)", StringComparison.Ordinal), log);
        StringAssert.Contains(eight.ToString(), "No convolution of a residual block was faster in 8 bits");
        CollectionAssert.AreEqual(
            Read(floats.Transform(data)).ConvertAll(row => row.Bits()), Read(eight.Transform(data)).ConvertAll(row => row.Bits()));
    }

    [TestMethod]
    public void WithInt8_CalledTwice_FindsTheSame()
    {
        var (floats, data) = (Transformer(NetworkKind.SkipNet), Data());
        var once = floats.WithInt8(data);

        foreach (var again in (GatedResNetTransformer[])[floats.WithInt8(data), once.WithInt8(data)])
        {
            Assert.AreEqual(once.Int8, again.Int8);
            CollectionAssert.AreEqual(once.Model.Int8!.Values.ToArray(), again.Model.Int8!.Values.ToArray());
            CollectionAssert.AreEqual(once.Model.Int8.Biases.Values.ToArray(), again.Model.Int8.Biases.Values.ToArray());
        }
    }

    [TestMethod]
    public void WithInt8_OfAllRanges_TakesTheOneThatChangesLeast()
    {
        var (floats, data) = (Transformer(NetworkKind.ResNet), Data());

        var ranges = floats.WithInt8(data).Model.Int8!;

        Assert.IsInRange(0.5, 1, ranges.Calibration.SameAnswers!.Value);
        Assert.IsNull(ranges.Calibration.SameGates);
        Assert.IsNull(ranges.Calibration.SameExits);
        Assert.IsInRange(1e-6, 0.1, ranges.Calibration.MeanDifference);
        for (var i = 0; i < ranges.Values.Length; i += 2)
        {
            // Behind a ReLU.
            Assert.AreEqual(0, ranges.Values[i]);
            Assert.IsGreaterThan(0, ranges.Values[i + 1]);
        }
    }

    [TestMethod]
    public void With_OtherSettings_StaysInEightBits_AndAnotherShapeGivesThemUp()
    {
        var eight = Transformer(NetworkKind.SkipNet).WithInt8(Data());

        const string Before = "Thresholds are those of before: choose them again.";
        StringAssert.Contains(eight.ToString(), Before);
        foreach (var chosen in (GatedResNetTransformer[])[eight.WithGateThreshold(0.4f), eight.WithComputeBudget(Data(), 1)])
        {
            Assert.AreEqual(eight.Int8! with { ThresholdsChosenAfterwards = true }, chosen.Int8);
            Assert.DoesNotContain(Before, chosen.ToString());
        }

        var allOpen = Transformer(NetworkKind.SkipNet).WithInt8(Data()).WithExitConfidence(0.5f);
        StringAssert.Contains(allOpen.ToString(), Before, "It has no exits, and its gates' thresholds are those of before.");

        var other = eight.WithImageShape(new ImageShape(1, 40, 40));
        Assert.IsNull(other.Int8);
        Assert.EndsWith("WithImageShape gave up 8 bits. Call WithInt8 again.", other.ToString());
        Assert.DoesNotContain("gave up", other.WithInt8(TestModels.View(_context, TestModels.Rows(20, 40 * 40), 1, 40, 40)).ToString());
    }

    [TestMethod]
    public void WithInt8_WithoutDecisions_SpeaksOfNone()
    {
        var text = Transformer(NetworkKind.ResNet).WithInt8(Data(), Int8Choice.All).ToString();

        StringAssert.Contains(text, "% of answers stayed as they were.");
        Assert.DoesNotContain("gate decisions", text);
        Assert.DoesNotContain("choose them again", text);
    }

    [TestMethod]
    public void WithInt8_OddData_IsWarnedOf()
    {
        List<string> log = [];
        _context.Log += (_, e) => log.Add(e.Message);
        var (network, rows) = (Transformer(NetworkKind.ResNet), TestModels.Rows(40, Side * Side));

        network.WithInt8(Data());
        Assert.IsFalse(log.Any(line => line.Contains("alibration", StringComparison.Ordinal)), string.Join('\n', log));

        network.WithInt8(TestModels.View(_context, [.. Enumerable.Repeat(rows[0], 40)], 1, Side, Side));
        Assert.Contains(line => line.Contains("The calibration data has 1 different image. 8-bit", StringComparison.Ordinal), log);

        log.Clear();
        rows[7].Features = Array.ConvertAll(rows[7].Features, value => value * 1e6f);
        var odd = network.WithInt8(TestModels.View(_context, rows, 1, Side, Side), Int8Choice.All);
        Assert.Contains(line => line.Contains("Pixels of 1 image in the calibration data reach far beyond", StringComparison.Ordinal), log);
        Assert.Contains(line => line.Contains("others: row 7 reaches", StringComparison.Ordinal), log);
        Assert.IsLessThan(0.95, odd.Int8!.SameAnswers!.Value);
        Assert.Contains(line => line.Contains("8 bits changed the class of", StringComparison.Ordinal), log);

        // Dark ones and bright ones are no accident.
        log.Clear();
        rows = [.. TestModels.Rows(40, Side * Side).Select((row, i) => new VectorRow
        {
            Features = Array.ConvertAll(row.Features, value => i < 21 ? value / 50 : value),
        })];
        network.WithInt8(TestModels.View(_context, rows, 1, Side, Side), Int8Choice.All);
        Assert.IsFalse(log.Any(line => line.Contains("far beyond", StringComparison.Ordinal)), string.Join('\n', log));
    }

    [TestMethod]
    public void WithInt8_MoreRowsThanItUses_TakesAsManyAsItCan()
    {
        var data = TestModels.View(_context, TestModels.Rows(1001, Side * Side), 1, Side, Side);

        Assert.AreEqual(1000, Transformer(NetworkKind.ResNet).WithInt8(data, Int8Choice.All).Int8!.Rows);
    }

    [TestMethod]
    public void WithInt8_AfterACertificate_GivesItUpAndSaysSo()
    {
        var (floats, data) = (Transformer(NetworkKind.SkipNet), Data());
        var certified = floats.WithAccuracyGuarantee(data, new AccuracyGuaranteeOptions { LabelColumnName = null });

        var eight = certified.WithInt8(data);

        Assert.IsNotNull(certified.Guarantee);
        Assert.IsNull(eight.Guarantee);
        StringAssert.Contains(eight.ToString(), "WithInt8 gave up what WithAccuracyGuarantee had certified");
    }

    [TestMethod]
    public void ToString_InEightBits_SaysWhatOfItIs()
    {
        var eight = Transformer(NetworkKind.ConvNetAig).WithInt8(Data());

        var first = $"{eight.Int8} Thresholds are those of before: choose them again.{Environment.NewLine}";
        StringAssert.Contains(
            eight.ToString(),
            first + (eight.Int8Convolutions == 0
                ? "No convolution"
                : $"{eight.Int8Convolutions} of 15 convolutions of blocks are in 8 bits ("));
        StringAssert.StartsWith(eight.Int8!.ToString(), "8 bits by 40 rows (");
        Assert.IsFalse(Transformer(NetworkKind.ResNet).ToString().Contains("8 bits", StringComparison.Ordinal));
    }

    [TestMethod]
    public void WithInt8_NetworkWithoutClasses_ComparesFeatures()
    {
        var spec = Spec(NetworkKind.ResNet) with { Classes = 0 };
        var network = new RandomNetwork(spec, 5);
        var model = new GatedResNetModel(
            network.Plan, network.Weights, network.Statistics, ClassLabels.OfNames([]), ScoringPolicy.Default);

        var eight = new GatedResNetTransformer(_context, model, TestModels.Columns).WithInt8(Data());

        Assert.IsInRange(1e-4, 0.2, eight.Int8!.MeanDifference);
        Assert.IsNull(eight.Int8.SameAnswers);
        StringAssert.Contains(eight.Int8.ToString(), ": what heads read changed by ");

        var rows = TestModels.Rows(40, Side * Side);
        rows[7].Features = Array.ConvertAll(rows[7].Features, value => value * 1e25f);
        var floats = new GatedResNetTransformer(_context, model, TestModels.Columns);
        var odd = floats.WithInt8(TestModels.View(_context, rows, 1, Side, Side), Int8Choice.All);
        Assert.IsInRange(0.1, 1e30, odd.Int8!.MeanDifference, "Squares of large features are no floats.");
    }

    [TestMethod]
    public void AdaptiveFeatures_OfANetworkInEightBits_AreThoseOfEightBits()
    {
        var (floats, data) = (Transformer(NetworkKind.ResNet), Data());

        var (before, after) = (Features(floats), Features(floats.WithInt8(data, Int8Choice.All)));

        var difference = before.Zip(after, (a, b) => Math.Abs(a - b)).Max();
        Assert.IsInRange(1e-6, 0.1 * before.Max(), difference);

        float[] Features(GatedResNetTransformer network)
        {
            var read = _context.Transforms.AdaptiveFeatures("Read", network).Fit(data).Transform(data);
            return [.. read.GetColumn<float[]>("Read").SelectMany(row => row)];
        }
    }

    [TestMethod]
    public void WithInt8_NoRows_IsRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => Transformer(NetworkKind.ResNet).WithInt8(TestModels.View(_context, [], 1, Side, Side)));

        StringAssert.StartsWith(error.Message, "Calibration data has no rows.");
    }

    private const int Side = 32;

    private static NetworkSpec Spec(NetworkKind network) => TestModels.Spec(network) with
    {
        Architecture = ResNetArchitecture.ImageNet([1, 2, 1], bottleneck: true).WithStemWidth(32), Image = new ImageShape(1, Side, Side),
    };

    private static Stream Saved(GatedResNetTransformer transformer, IDataView data)
    {
        var stream = new MemoryStream();
        new MLContext().Model.Save(transformer, data.Schema, stream);
        stream.Position = 0;
        return stream;
    }

    private static List<ScoredVectorRow> Read(IDataView data) => TestModels.Read(new MLContext(), data);

    private GatedResNetTransformer Transformer(NetworkKind network) => TestModels.Transformer(Spec(network), _context);

    private IDataView Data() => TestModels.View(_context, TestModels.Rows(40, Side * Side), 1, Side, Side);
}
