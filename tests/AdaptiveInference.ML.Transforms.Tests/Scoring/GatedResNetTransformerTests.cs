using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

[TestClass]
public sealed class GatedResNetTransformerTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(NetworkKind.ResNet)]
    [DataRow(NetworkKind.SkipNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void Transform_ManyRows_EqualsThePlanRowByRowInOrder(NetworkKind network)
    {
        var transformer = TestModels.Transformer(TestModels.Spec(network), _context);
        var rows = TestModels.Rows(150);

        var scored = TestModels.Read(_context, transformer.Transform(TestModels.View(_context, rows)));

        Assert.HasCount(rows.Count, scored);
        var result = new ScoreResult(TestModels.Names.Length, transformer.Blocks.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            RowScorer.Run(transformer.Plan, transformer.Model.Policy, rows[i].Features, result);
            Assert.AreEqual(rows[i].Id, scored[i].Id);
            CollectionAssert.AreEqual(result.Probabilities, scored[i].Score);
            CollectionAssert.AreEqual(result.Path, scored[i].ExecutionPath);
            Assert.AreEqual(result.ComputeFraction, scored[i].ComputeFraction);
            Assert.AreEqual((uint)Array.IndexOf(result.Probabilities, result.Probabilities.Max()) + 1, scored[i].PredictedLabel);
        }
    }

    [TestMethod]
    public void Transform_GatedNetwork_RowsTakeDifferentPaths()
    {
        var scored = TestModels.Read(
            _context, TestModels.Transformer(context: _context).Transform(TestModels.View(_context, TestModels.Rows(60))));

        Assert.IsGreaterThan(1, scored.Select(row => string.Join("", row.ExecutionPath)).Distinct().Count());
        Assert.IsTrue(scored.All(row => row.ExecutionPath[0] == 1), "SkipNet's first block has no gate.");
    }

    [TestMethod]
    public void Transform_InterleavedAndPlanarColumns_GiveTheSameScores()
    {
        const int Side = TestModels.Side;
        var transformer = TestModels.Transformer(TestModels.Spec(channels: 3), _context);
        var planar = TestModels.Rows(9, 3 * Side * Side);
        var interleaved = planar.ConvertAll(row => new VectorRow
        {
            Id = row.Id,
            Features = [.. Enumerable.Range(0, Side * Side * 3).Select(i => row.Features[(i % 3 * Side * Side) + (i / 3)])],
        });

        var first = TestModels.Read(_context, transformer.Transform(TestModels.View(_context, planar, 3, Side, Side)));
        var second = TestModels.Read(_context, transformer.Transform(TestModels.View(_context, interleaved, Side, Side, 3)));

        CollectionAssert.AreEqual(first.ConvertAll(row => row.Bits()), second.ConvertAll(row => row.Bits()));
    }

    [TestMethod]
    public void PredictionEngine_EveryRow_EqualsTransform()
    {
        var transformer = TestModels.Transformer(context: _context);
        var rows = TestModels.Rows(40);
        var scored = TestModels.Read(_context, transformer.Transform(TestModels.View(_context, rows)));
        using var engine = Engine(transformer);

        for (var i = 0; i < rows.Count; i++)
        {
            Assert.AreEqual(scored[i].Bits(), engine.Predict(rows[i]).Bits());
        }
    }

    [TestMethod]
    public void PredictionEngine_AfterAnotherEngineDisposedTheSharedTransformer_StillPredicts()
    {
        var transformer = TestModels.Transformer(context: _context);
        var row = TestModels.Rows(1)[0];
        var first = Engine(transformer);
        var expected = first.Predict(row).Bits();
        using var second = Engine(transformer);

        first.Dispose();

        Assert.AreEqual(expected, second.Predict(row).Bits());
    }

    [TestMethod]
    public void PredictionEngine_FromManyThreads_GivesTheSameBits()
    {
        var transformer = TestModels.Transformer(context: _context);
        var rows = TestModels.Rows(30);
        using var single = Engine(transformer);
        var expected = rows.ConvertAll(row => single.Predict(row).Bits());

        Parallel.For(0, 8, _ =>
        {
            using var engine = Engine(transformer);
            for (var i = 0; i < rows.Count; i++)
            {
                Assert.AreEqual(expected[i], engine.Predict(rows[i]).Bits());
            }
        });
    }

    [TestMethod]
    public void GetOutputSchema_AnyInput_HasTypesAndAnnotationsThatMlNetUnderstands()
    {
        var transformer = TestModels.Transformer(context: _context);
        var input = TestModels.View(_context, TestModels.Rows(1)).Schema;

        var schema = transformer.GetOutputSchema(input);

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 4), schema["Score"].Type);
        Assert.AreEqual(new KeyDataViewType(typeof(uint), 4), schema["PredictedLabel"].Type);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 6), schema["ExecutionPath"].Type);
        Assert.AreEqual(NumberDataViewType.Single, schema["ComputeFraction"].Type);
        CollectionAssert.AreEqual(TestModels.Names, Texts(schema["Score"], "SlotNames"));
        CollectionAssert.AreEqual(TestModels.Names, Texts(schema["Score"], "TrainingLabelValues"));
        CollectionAssert.AreEqual(TestModels.Names, Texts(schema["PredictedLabel"], "KeyValues"));
        Assert.AreEqual("stage2.block1", Texts(schema["ExecutionPath"], "SlotNames")[2]);
        ReadOnlyMemory<char> kind = default;
        schema["Score"].Annotations.GetValue("ScoreColumnKind", ref kind);
        Assert.AreEqual("MulticlassClassification", kind.ToString());
    }

    [TestMethod]
    public void GetOutputSchema_NullPathAndFractionColumns_LeavesThemOut()
    {
        var transformer = new GatedResNetTransformer(
            _context, TestModels.Model(TestModels.Spec()), TestModels.Columns with { ExecutionPath = null, ComputeFraction = null });

        var schema = transformer.GetOutputSchema(TestModels.View(_context, TestModels.Rows(1)).Schema);

        Assert.IsNull(schema.GetColumnOrNull("ExecutionPath"));
        Assert.IsNull(schema.GetColumnOrNull("ComputeFraction"));
        Assert.IsNotNull(schema.GetColumnOrNull("Score"));
    }

    [TestMethod]
    public void Append_MapKeyToValue_GivesClassNames()
    {
        var transformer = TestModels.Transformer(context: _context);
        var data = TestModels.View(_context, TestModels.Rows(10));
        var scored = transformer.Transform(data);
        var named = _context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored).Transform(scored);

        var keys = scored.GetColumn<uint>("PredictedLabel").ToArray();
        var names = named.GetColumn<string>("PredictedLabel").ToArray();

        CollectionAssert.AreEqual(keys.Select(key => TestModels.Names[key - 1]).ToArray(), names);
    }

    [TestMethod]
    [DataRow(-0.1f)]
    [DataRow(1.5f)]
    [DataRow(float.NaN)]
    public void WithGateThreshold_OutOfRange_SaysWhatIsAccepted(float threshold)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TestModels.Transformer().WithGateThreshold(threshold));

        Assert.AreEqual($"Gate threshold must be from 0 (every gate open) to 1, got {threshold}. (Parameter 'threshold')", error.Message);
    }

    [TestMethod]
    public void WithExitConfidence_OutOfRange_SaysWhatIsAccepted()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TestModels.Transformer().WithExitConfidence(2));

        Assert.AreEqual("Exit confidence must be from 0 to 1 (never leave early), got 2. (Parameter 'confidence')", error.Message);
    }

    [TestMethod]
    [DataRow(NetworkKind.SkipNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void WithGateThreshold_Zero_OpensEveryGateAndCostsTheFullNetwork(NetworkKind network)
    {
        var data = TestModels.View(_context, TestModels.Rows(20));
        var original = TestModels.Transformer(TestModels.Spec(network), _context);
        var before = TestModels.Read(_context, original.Transform(data)).ConvertAll(row => row.Bits());

        var open = TestModels.Read(_context, original.WithGateThreshold(0).Transform(data));

        Assert.IsTrue(open.All(row => row.ExecutionPath.All(ran => ran == 1) && row.ComputeFraction == 1));
        CollectionAssert.AreEqual(before, TestModels.Read(_context, original.Transform(data)).ConvertAll(row => row.Bits()));
    }

    [TestMethod]
    public void Transform_MissingFeatureColumn_UsesMlNetsWords()
    {
        var data = _context.Data.LoadFromEnumerable([new { Other = 1f }]);

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TestModels.Transformer().Transform(data));

        Assert.AreEqual(
            "Could not find feature column 'Features'. There are columns 'Other'. Name that of the images: it is the option "
            + "FeatureColumnName, or the parameter of PretrainedResNet18 or AdaptiveFeatures (Parameter 'inputSchema')", error.Message);
    }

    private static string[] Texts(DataViewSchema.Column column, string kind)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.Annotations.GetValue(kind, ref values);
        return [.. values.DenseValues().Select(value => value.ToString())];
    }

    private PredictionEngine<VectorRow, ScoredVectorRow> Engine(GatedResNetTransformer transformer)
    {
        var schema = SchemaDefinition.Create(typeof(VectorRow));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, TestModels.Side * TestModels.Side);
        return _context.Model.CreatePredictionEngine<VectorRow, ScoredVectorRow>(transformer, inputSchemaDefinition: schema);
    }
}
