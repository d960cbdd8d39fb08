using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.ExitHeads;

/// <summary>Linear heads on a network of random weights, whose features tell four kinds of pictures apart well enough.</summary>
[TestClass]
public sealed class ExitHeadsTrainerTests
{
    private static readonly string[] Kinds = ["left", "right", "top", "bottom"];

    private readonly MLContext _context = new(1);

    [TestMethod]
    public void Fit_PicturesOfFourKinds_LearnsThem()
    {
        var model = Trainer().Fit(Keyed(Rows(160)));

        var metrics = _context.MulticlassClassification.EvaluateAdaptive(model.Transform(Keyed(Rows(200, seed: 9))));
        Assert.IsGreaterThan(0.9, metrics.Classification.MicroAccuracy);
        Assert.IsLessThan(1, metrics.MeanComputeFraction);
        CollectionAssert.AreEqual(Kinds.Order().ToArray(), model.ClassNames.Order().ToArray());
        Assert.HasCount(5, model.Exits);
        Assert.IsTrue(model.Exits.All(exit => exit.Head == HeadKind.Quarters));
    }

    [TestMethod]
    public void Fit_WithGates_KeepsThemAndTheirThreshold()
    {
        var backbone = TestModels.Transformer(TestModels.Spec(), _context).WithGateThreshold(0.5f);

        var model = Trainer(backbone: backbone).Fit(Keyed(Rows(80)));

        Assert.AreEqual(NetworkKind.SkipNet, model.Network);
        Assert.AreEqual(0.5f, model.GateThreshold);
        Assert.IsTrue(model.Blocks.Skip(1).All(block => block.IsGated));
    }

    [TestMethod]
    public void Fit_GatesToldABudget_AreToldItStill()
    {
        var backbone = TestModels.Transformer(TestModels.Spec() with { AnyBudget = true }, _context).WithGateBudget(0.4f);

        var model = Trainer(backbone: backbone).Fit(Keyed(Rows(80)));

        Assert.AreEqual(NetworkKind.SkipNet, model.Network);
        Assert.AreEqual(0.4f, model.GateBudget);
        Assert.IsTrue(model.Blocks.Skip(1).All(block => block.IsGated));
    }

    [TestMethod]
    public void Fit_Backbone_IsTakenOverToTheBit()
    {
        var backbone = Backbone();

        var model = Trainer(backbone: backbone).Fit(Keyed(Rows(60)));

        foreach (var tensor in backbone.Model.Weights.Layout.Where(tensor => !tensor.Name.StartsWith("fc.", StringComparison.Ordinal)))
        {
            Assert.IsTrue(backbone.Model.Weights[tensor.Name].SequenceEqual(model.Model.Weights[tensor.Name]), tensor.Name);
        }

        Assert.AreEqual(backbone.Model.Channels.Mean[0], model.Model.Channels.Mean[0]);
    }

    [TestMethod]
    public void Fit_BackboneInEightBits_LearnsFromWhatItGivesAndStaysSo()
    {
        var (backbone, data) = (Backbone(), Keyed(Rows(60)));
        var eight = backbone.WithInt8(data, Int8Choice.All);

        var (floats, model) = (Trainer(backbone: backbone).Fit(data), Trainer(backbone: eight).Fit(data));

        Assert.IsNull(floats.Int8);
        Assert.IsTrue(eight.Model.Int8!.Values.SequenceEqual(model.Model.Int8!.Values));
        Assert.IsTrue(eight.Model.Int8.Set.Values.SequenceEqual(model.Model.Int8.Set.Values));
        Assert.IsTrue(eight.Model.Int8.Biases.Values.SequenceEqual(model.Model.Int8.Biases.Values));
        Assert.AreEqual(eight.Int8! with { HeadsFittedAfterwards = true, ThresholdsChosenAfterwards = true }, model.Int8);
        StringAssert.Contains(model.ToString(), "the heads were fitted afterwards, to what the network gives in 8 bits.");
        foreach (var tensor in floats.Model.Weights.Layout)
        {
            Assert.AreEqual(
                !tensor.Name.Contains("fc.", StringComparison.Ordinal),
                floats.Model.Weights[tensor.Name].SequenceEqual(model.Model.Weights[tensor.Name]),
                tensor.Name);
        }

        using var stream = new MemoryStream();
        _context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        var loaded = (GatedResNetTransformer)new MLContext(2).Model.Load(stream, out _);
        Assert.AreEqual(model.Int8, loaded.Int8);
        CollectionAssert.AreEqual(Bits(model), Bits(loaded));

        // What its heads are right for is what it is, not what it would be in 32 bits.
        var again = model.WithInt8(data, Int8Choice.All);
        Assert.AreEqual(1, again.Int8!.SameExits);
        Assert.AreEqual(0, again.Int8.MeanDifference);

        int[] Bits(GatedResNetTransformer network)
            => [.. network.Transform(data).GetColumn<float[]>("Score").SelectMany(row => row).Select(BitConverter.SingleToInt32Bits)];
    }

    [TestMethod]
    public void Fit_Twice_IsTheSameModel()
    {
        var data = Keyed(Rows(60));
        var trainer = Trainer(options => options with { MirrorImages = true });

        GatedResNetTransformer first = trainer.Fit(data), second = trainer.Fit(data);

        foreach (var tensor in first.Model.Weights.Layout)
        {
            Assert.IsTrue(first.Model.Weights[tensor.Name].SequenceEqual(second.Model.Weights[tensor.Name]), tensor.Name);
        }

        CollectionAssert.AreEqual(first.ExitConfidences.ToArray(), second.ExitConfidences.ToArray());
    }

    [TestMethod]
    public void Fit_MirrorImages_TeachesThem()
    {
        // Only pictures whose left is bright are called so; with mirror images their opposites are called so too.
        string[] names = ["left", "top"];
        var rows = Rows(120).Where(row => names.Contains(row.Label)).ToList();
        var opposites = Rows(60, seed: 8).Where(row => row.Label == "right").ToList();

        var mirrored = Trainer(options => options with { MirrorImages = true }).Fit(Keyed(rows));

        var key = mirrored.ClassNames.ToList().IndexOf("left") + 1;
        var answers = TestModels.Read(_context, mirrored.Transform(TestModels.View(_context, opposites)));
        Assert.IsGreaterThan(0.9, answers.Average(row => row.PredictedLabel == key ? 1.0 : 0));
    }

    [TestMethod]
    public void Fit_SavedAndLoaded_AnswersTheSame()
    {
        var rows = TestModels.View(_context, Rows(30, seed: 5));
        var model = Trainer().Fit(Keyed(Rows(60)));
        using var stream = new MemoryStream();
        _context.Model.Save(model, rows.Schema, stream);

        var loaded = new MLContext(2).Model.Load(new MemoryStream(stream.ToArray()), out _);

        CollectionAssert.AreEqual(Bits(model.Transform(rows)), Bits(loaded.Transform(rows)));
    }

    [TestMethod]
    public void Fit_HeldOutConfidences_AreThoseOfTheHeadsOnly()
    {
        // What a head reads and what its fitted layer makes of it are what the plan computes: the first exit's class scores by hand.
        var model = Trainer(options => options with { AfterBlocks = [1] }).Fit(Keyed(Rows(60)));
        var plan = model.Plan;
        var image = Rows(1, seed: 4)[0].Features;
        int exit = ((LinearSpec)plan.Blocks.Exits[0].Layers[0]).Inputs, last = ((LinearSpec)plan.Blocks.Head.Layers[0]).Inputs;
        var inputs = new float[exit + last];
        var trace = new ExecutionTrace(plan.Blocks.Blocks.Count);
        plan.HeadInputs(image, ScoringPolicy.Default, [0..exit, exit..(exit + last)], inputs, trace);

        var probabilities = new float[4];
        plan.Run(image, new ScoringPolicy { ExitConfidence = [0] }, probabilities, trace);

        var weights = model.Model.Weights;
        var scores = Enumerable.Range(0, 4).Select(k => weights["exits.0.fc.bias"][k]
            + Enumerable.Range(0, exit).Sum(i => (double)weights["exits.0.fc.weight"][(k * exit) + i] * inputs[i])).ToArray();
        var sum = scores.Sum(Math.Exp);
        for (var k = 0; k < 4; k++)
        {
            Assert.AreEqual(Math.Exp(scores[k]) / sum, probabilities[k], 1e-4);
        }
    }

    [TestMethod]
    public void Fit_Pooled_HasAQuarterOfTheWeights()
    {
        var model = Trainer(options => options with { Head = HeadKind.Pooled }).Fit(Keyed(Rows(60)));

        Assert.AreEqual(4 * 16, model.Model.Weights["exits.0.fc.weight"].Length);
        Assert.IsTrue(model.Exits.All(exit => exit.Head == HeadKind.Pooled));
    }

    [TestMethod]
    public void Fit_ValidationSet_IsNotLearntFrom()
    {
        var data = Keyed(Rows(60));
        var options = (ExitHeadsTrainer.Options given) => given with { L2Regularization = 0.1f };
        var one = Trainer(given => options(given) with { ValidationSet = Keyed(Rows(40, seed: 5)) }).Fit(data);
        var other = Trainer(given => options(given) with { ValidationSet = Keyed(Rows(40, seed: 6)) }).Fit(data);

        // Up to how much a head counts, which the validation set decides.
        ReadOnlySpan<float> a = one.Model.Weights["exits.0.fc.weight"], b = other.Model.Weights["exits.0.fc.weight"];
        var ratio = a[0] / b[0];
        for (var i = 0; i < a.Length; i++)
        {
            Assert.AreEqual(a[i], b[i] * ratio, 1e-4f * Math.Abs(a[i]) + 1e-6f);
        }
    }

    [TestMethod]
    public void Fit_CrossValidate_Works()
    {
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label").Append(Trainer());

        var folds = _context.MulticlassClassification.CrossValidate(TestModels.View(_context, Rows(100)), pipeline, 2);

        Assert.IsTrue(folds.All(fold => fold.Metrics.MicroAccuracy > 0.8));
    }

    [TestMethod]
    public void GetOutputSchema_IsThatOfTheTransformer()
    {
        var data = Keyed(Rows(40));
        var trainer = Trainer();

        var promised = trainer.GetOutputSchema(SchemaShapesOf(data));

        foreach (var column in trainer.Fit(data).GetOutputSchema(data.Schema))
        {
            // MapValueToKey leaves the column of texts below its own.
            var isPromised = promised.Any(shape => shape.Name == column.Name && shape.ItemType.RawType == ItemOf(column));
            Assert.IsTrue(column.IsHidden || isPromised, column.Name);
        }

        static Type ItemOf(DataViewSchema.Column column)
            => column.Type is VectorDataViewType vector ? vector.ItemType.RawType : column.Type.RawType;
    }

    [TestMethod]
    public void Fit_Progress_CountsImagesThenHeads()
    {
        var reports = new List<ExitHeadsProgress>();

        Trainer(options => options with { Progress = new Listener(reports) }).Fit(Keyed(Rows(40)));

        Assert.AreEqual(0, reports[0].HeadsFitted);
        Assert.AreEqual((40, 6, 6), (reports[^1].Images, reports.Max(report => report.HeadsFitted), reports[^1].Heads));
    }

    [TestMethod]
    public void Fit_Cancelled_Throws()
    {
        using var source = new CancellationTokenSource();
        var trainer = Trainer(options => options with
        {
            CancellationToken = source.Token, Progress = new Stop(source),
        });

        Assert.Throws<OperationCanceledException>(() => trainer.Fit(Keyed(Rows(40))));
    }

    [TestMethod]
    public void Fit_ImageThatCannotBeUsed_NamesItsRow()
    {
        var rows = Rows(40);
        rows[17].Features[3] = 3e38f;
        rows[17].Features[4] = float.NaN;

        var error = Assert.ThrowsExactly<FormatException>(() => Trainer().Fit(Keyed(rows)));

        Assert.StartsWith("Row 17 of column 'Features': ", error.Message);
    }

    [TestMethod]
    public void Fit_DataItCannotLearnFrom_SaysWhy()
    {
        var one = Rows(40).Where(row => row.Label == "top").ToList();
        var mapped = _context.Transforms.Conversion.MapValueToKey("Label").Fit(TestModels.View(_context, Rows(8)));

        StringAssert.Contains(
            Message(() => Trainer().Fit(mapped.Transform(TestModels.View(_context, one)))), "rows of at least two classes");
        StringAssert.Contains(Message(() => Trainer().Fit(mapped.Transform(TestModels.View(_context, [])))), "has no rows");
        StringAssert.Contains(
            Message(() => Trainer(options => options with { ValidationGroupColumnName = "Features" }).Fit(Keyed(Rows(8)))),
            "Schema mismatch for validation group column 'Features'");
        StringAssert.Contains(
            Message(() => Trainer(options => options with { ValidationGroupColumnName = "Id" })
                .Fit(Keyed([.. Rows(8).Select(row => new VectorRow { Id = 7, Label = row.Label, Features = row.Features })]))),
            "All 8 rows are of one group in column 'Id'");
    }

    [TestMethod]
    public void Options_Wrong_AreAllNamed()
    {
        var message = Message(() => Trainer(options => options with
        {
            Head = HeadKind.Grid, L2Regularization = -1, Folds = 1, AfterBlocks = [3, 2], ScoreColumnName = "Label",
            ValidationGroupColumnName = "Group", ValidationSet = Keyed(Rows(4)),
        }));

        Assert.StartsWith("ExitHeadsTrainer.Options has 6 faults: ", message);
        StringAssert.Contains(message, "Head must be Quarters or Pooled");
        StringAssert.Contains(message, "L2Regularization must be a finite number of 0 or more, or null, got -1.");
        StringAssert.Contains(message, "Folds must be from 2 to 20, got 1.");
        StringAssert.Contains(message, "AfterBlocks must be increasing block indices from 0 to 4 of ResNet-14 (CIFAR), got [3, 2].");
        StringAssert.Contains(message, "ScoreColumnName must not be 'Label'");
        StringAssert.Contains(message, "ValidationGroupColumnName says which rows are held out together");
    }

    private static string Message(Action action) => Assert.Throws<ArgumentException>(action).Message;

    private static SchemaShape SchemaShapesOf(IDataView data) => AdaptiveInference.ML.Transforms.Interop.SchemaShapes.Of(data.Schema);

    private static List<VectorRow> Rows(int count, int seed = 3)
    {
        const int Side = TestModels.Side;
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(Row)];

        VectorRow Row(int i) => new() { Id = i, Label = Kinds[i % 4], Features = Picture(Kinds[i % 4]) };

        float[] Picture(string kind)
        {
            var bright = 120 + random.Next(120);
            return
            [
                .. Enumerable.Range(0, Side * Side).Select(i =>
                {
                    var (y, x) = (i / Side, i % Side);
                    var isBright = kind switch { "left" => x < 5, "right" => x > 6, "top" => y < 5, _ => y > 6 };
                    return (float)(isBright ? bright : random.Next(40));
                }),
            ];
        }
    }

    private static GatedResNetTransformer Backbone() => TestModels.Transformer(TestModels.Spec(NetworkKind.ResNet));

    private ExitHeadsTrainer Trainer(
        Func<ExitHeadsTrainer.Options, ExitHeadsTrainer.Options>? change = null, GatedResNetTransformer? backbone = null)
    {
        var options = new ExitHeadsTrainer.Options();
        return _context.MulticlassClassification.Trainers.ExitHeads(backbone ?? Backbone(), change is null ? options : change(options));
    }

    private IDataView Keyed(List<VectorRow> rows)
    {
        var view = TestModels.View(_context, rows);
        return _context.Transforms.Conversion.MapValueToKey("Label").Fit(view).Transform(view);
    }

    private string[] Bits(IDataView data) => [.. TestModels.Read(_context, data).Select(row => row.Bits())];


    private sealed class Listener(List<ExitHeadsProgress> reports) : IProgress<ExitHeadsProgress>
    {
        public void Report(ExitHeadsProgress value)
        {
            lock (reports)
            {
                reports.Add(value);
            }
        }
    }

    private sealed class Stop(CancellationTokenSource source) : IProgress<ExitHeadsProgress>
    {
        public void Report(ExitHeadsProgress value) => source.Cancel();
    }
}
