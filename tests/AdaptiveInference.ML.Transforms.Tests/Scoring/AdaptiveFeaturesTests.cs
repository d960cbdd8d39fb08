using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Tests.Persistence;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

[TestClass]
public sealed class AdaptiveFeaturesTests
{
    private const int Channels = 64;

    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(NetworkKind.ResNet, GateKind.Recurrent)]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardI)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardII)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent)]
    public void Transform_GatedNetwork_GivesWhatItsHeadReads(NetworkKind network, GateKind gate)
    {
        var model = TestModels.Transformer(TestModels.Spec(network, gate: gate), _context);
        var data = TestModels.View(_context, TestModels.Rows(20));
        var scores = TestModels.Read(_context, model.Transform(data)).ConvertAll(row => row.Score);

        var features = Read(Features(model).Fit(data).Transform(data));

        for (var row = 0; row < scores.Count; row++)
        {
            var probabilities = Head(model, features[row]);
            for (var label = 0; label < probabilities.Length; label++)
            {
                Assert.AreEqual(scores[row][label], probabilities[label], 1e-5f);
            }
        }
    }

    [TestMethod]
    public void Transform_GatesTurned_GivesFeaturesOfThePathTaken()
    {
        var model = TestModels.Transformer(context: _context);
        var data = TestModels.View(_context, TestModels.Rows(20));

        var own = Read(Features(model).Fit(data).Transform(data));
        var open = Read(Features(model.WithGateThreshold(0)).Fit(data).Transform(data));

        Assert.IsTrue(
            own.Zip(open).Any(pair => !pair.First.AsSpan().SequenceEqual(pair.Second)), "Gates that skip must show in the features.");
    }

    [TestMethod]
    public void Transform_ExitsThatAllImagesWouldTake_AreNotTaken()
    {
        var spec = TestModels.Spec() with { Exits = [new ExitSpec(1, HeadKind.Pooled)] };
        var model = TestModels.Transformer(spec, _context);
        var data = TestModels.View(_context, TestModels.Rows(10));
        Assert.IsTrue(TestModels.Read(_context, model.WithExitConfidence(0).Transform(data)).TrueForAll(row => row.ExecutionPath[^1] == 0));

        var late = Read(Features(model.WithExitConfidence(1)).Fit(data).Transform(data));
        var early = Read(Features(model.WithExitConfidence(0)).Fit(data).Transform(data));

        for (var row = 0; row < late.Count; row++)
        {
            CollectionAssert.AreEqual(late[row], early[row]);
        }
    }

    [TestMethod]
    public void Load_PipelineWithFeaturesAndBusinessColumns_PredictsTheSameInAFreshContext()
    {
        var rows = Goods(240);
        var data = View(_context, rows);
        var model = Pipeline("Picture", "Price").Fit(data);
        var expected = model.Transform(data).GetColumn<uint>("PredictedLabel").ToArray();

        var fresh = new MLContext(2);
        var loaded = fresh.Model.Load(SaveAndLoadTests.Saved(model, data.Schema), out _);

        Assert.AreEqual(1, ((IEnumerable<ITransformer>)loaded).OfType<AdaptiveFeaturesTransformer>().Count());
        CollectionAssert.AreEqual(expected, loaded.Transform(View(fresh, rows)).GetColumn<uint>("PredictedLabel").ToArray());
        using var engine = fresh.Model.CreatePredictionEngine<Good, Answer>(loaded, data.Schema);
        CollectionAssert.AreEqual(
            expected.Take(20).ToArray(), rows.Take(20).Select(good => engine.Predict(good).PredictedLabel).ToArray());
    }

    [TestMethod]
    public void Fit_SdcaOnFeaturesAndBusinessColumns_NeedsBoth()
    {
        var (train, test) = (View(_context, Goods(240)), View(_context, Goods(120, seed: 9)));

        double Accuracy(params string[] columns)
            => _context.MulticlassClassification.Evaluate(Pipeline(columns).Fit(train).Transform(test)).MicroAccuracy;

        Assert.IsGreaterThan(0.9, Accuracy("Picture", "Price"));
        Assert.IsLessThan(0.8, Accuracy("Picture"));
        Assert.IsLessThan(0.8, Accuracy("Price"));
    }

    [TestMethod]
    public void GetOutputSchema_Shape_EqualsTheSchema()
    {
        var data = TestModels.View(_context, TestModels.Rows(4));
        var estimator = Features(TestModels.Transformer(context: _context));

        var column = estimator.Fit(data).GetOutputSchema(data.Schema)["Picture"];

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, Channels), column.Type);
        Assert.AreEqual(Channels, estimator.Fit(data).FeatureCount);
        var shape = estimator.GetOutputSchema(SchemaShapeOf(data)).Single(c => c.Name == "Picture");
        Assert.AreEqual(SchemaShape.Column.VectorKind.Vector, shape.Kind);
        Assert.AreEqual(NumberDataViewType.Single, shape.ItemType);
    }

    [TestMethod]
    public void Fit_NoImageColumn_UsesMlNetsWords()
    {
        var data = TestModels.View(_context, TestModels.Rows(4));
        var estimator = _context.Transforms.AdaptiveFeatures("Picture", TestModels.Transformer(context: _context), "Photo");

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.Fit(data));

        Assert.AreEqual(
            "Could not find feature column 'Photo'. There are columns 'Id', 'Label', 'Features'. Name that of the images: it is the "
            + "option FeatureColumnName, or the parameter of "
            + "PretrainedResNet18 or AdaptiveFeatures (Parameter 'inputSchema')", error.Message);
    }

    [TestMethod]
    public void AdaptiveFeatures_EmptyName_Throws()
        => Assert.ThrowsExactly<ArgumentException>(
            () => _context.Transforms.AdaptiveFeatures(" ", TestModels.Transformer(context: _context)));

    [TestMethod]
    public void Load_AlteredFile_SaysSo()
    {
        var data = TestModels.View(_context, TestModels.Rows(4));
        using var saved = SaveAndLoadTests.Saved(Features(TestModels.Transformer(context: _context)).Fit(data), data.Schema);
        using var altered = new MemoryStream();
        using (var source = new System.IO.Compression.ZipArchive(saved))
        using (var target = new System.IO.Compression.ZipArchive(altered, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in source.Entries)
            {
                using var bytes = new MemoryStream();
                using (var input = entry.Open())
                {
                    input.CopyTo(bytes);
                }

                var content = bytes.ToArray();
                if (content.Length > 100_000)
                {
                    content[^5000] ^= 1;
                }

                using var output = target.CreateEntry(entry.FullName).Open();
                output.Write(content);
            }
        }

        var error = Assert.Throws<Exception>(() => new MLContext().Model.Load(altered, out _));

        StringAssert.Contains(error.ToString(), "FormatException: This is not a complete AdaptiveInference.ML model: ");
    }

    private AdaptiveFeaturesEstimator Features(GatedResNetTransformer model) => _context.Transforms.AdaptiveFeatures("Picture", model);

    private IEstimator<ITransformer> Pipeline(params string[] columns)
        => _context.Transforms.Conversion.MapValueToKey("Label")
            .Append(Features(TestModels.Transformer(context: _context)))
            .Append(_context.Transforms.Concatenate("All", columns))
            .Append(_context.Transforms.NormalizeMeanVariance("All"))
            .AppendCacheCheckpoint(_context)
            .Append(_context.MulticlassClassification.Trainers.SdcaMaximumEntropy(new SdcaMaximumEntropyMulticlassTrainer.Options
            {
                LabelColumnName = "Label", FeatureColumnName = "All", MaximumNumberOfIterations = 30, NumberOfThreads = 1,
            }));

    private static SchemaShape SchemaShapeOf(IDataView data) => SchemaShapes.Of(data.Schema);

    private static List<float[]> Read(IDataView data)
        => [.. data.GetColumn<VBuffer<float>>("Picture").Select(buffer => buffer.DenseValues().ToArray())];

    /// <summary>The pooled head, as PyTorch has it.</summary>
    private static float[] Head(GatedResNetTransformer model, float[] features)
    {
        float[] weight = [.. model.Model.Weights["fc.weight"]], bias = [.. model.Model.Weights["fc.bias"]];
        var logits = bias.Select(
            (value, label) => value + features.Select((feature, i) => (double)feature * weight[(label * Channels) + i]).Sum()).ToArray();
        var sum = logits.Sum(logit => Math.Exp(logit - logits.Max()));
        return [.. logits.Select(logit => (float)(Math.Exp(logit - logits.Max()) / sum))];
    }

    /// <summary>Goods that are cheap, or dear and bright, or dear and dark: neither picture nor price tells alone.</summary>
    private static List<Good> Goods(int count, int seed = 4)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var (isBright, price) = (random.Next(2) == 0, random.NextSingle() * 100);
            var level = isBright ? 200 : 40;
            return new Good
            {
                Label = price < 50 ? "cheap" : isBright ? "bright" : "dark",
                Price = price,
                Features = [.. Enumerable.Range(0, TestModels.Side * TestModels.Side).Select(_ => (float)(level + random.Next(-30, 31)))],
            };
        })];
    }

    private static IDataView View(MLContext context, IReadOnlyList<Good> goods) => context.Data.LoadFromEnumerable(goods);

    private sealed class Good
    {
        public string Label { get; set; } = "";

        public float Price { get; set; }

        [VectorType(TestModels.Side * TestModels.Side)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Answer
    {
        public uint PredictedLabel { get; set; }
    }
}
