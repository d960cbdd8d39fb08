using System.Text;
using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Tests.Persistence.Hostile;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Cascade;

/// <summary>Cascades in files, of well-meaning makers and of others.</summary>
[TestClass]
public sealed class CascadeArchiveTests
{
    private readonly MLContext _context = new(1);
    private readonly CascadeModels _models;

    public CascadeArchiveTests() => _models = new CascadeModels(_context);

    [TestMethod]
    public void Load_SavedInAChain_GivesTheSameBits()
    {
        var data = _models.Rows();
        var cascade = _context.MulticlassClassification.Cascade(
            _models.First(), _models.Network(), new CascadeOptions { StageColumnName = "Stage", SecondClassNames = null });
        var chain = _context.Transforms.CopyColumns("Copy", "Id").Fit(data).Append(cascade);
        using var stream = Saved(chain, data.Schema);

        var loaded = new MLContext(9).Model.Load(stream, out var schema);

        var again = ((IEnumerable<ITransformer>)loaded).OfType<CascadeTransformer>().Single();
        Assert.AreEqual(cascade.First.Refusal, again.First.Refusal);
        CollectionAssert.AreEqual(
            _models.Read(cascade.Transform(data)).Select(row => row.Bits()).ToArray(),
            _models.Read(loaded.Transform(data)).Select(row => row.Bits()).ToArray());
        Assert.AreEqual(3, schema.Count);
    }

    [TestMethod]
    public void Load_SecondOfMlNetsOwn_AnswersTheSame()
    {
        // Keys in order of appearance: another order than the first model's.
        var data = _models.Rows();
        var second = _context.Transforms.Conversion.MapValueToKey("Key", "Label")
            .Append(_context.MulticlassClassification.Trainers.SdcaMaximumEntropy("Key", "Features", maximumNumberOfIterations: 5))
            .Fit(data);
        var cascade = _context.MulticlassClassification.Cascade(_models.First(), second);
        using var stream = Saved(cascade, data.Schema);

        var loaded = new MLContext(9).Model.Load(stream, out _);

        var rows = _models.Read(loaded.Transform(data));
        var own = second.Transform(data);
        var scores = own.GetColumn<float[]>("Score").ToArray();
        VBuffer<ReadOnlyMemory<char>> slots = default;
        own.Schema["Score"].Annotations.GetValue("SlotNames", ref slots);
        string[] order = [.. slots.DenseValues().Select(slot => slot.ToString())];
        Assert.IsTrue(rows.Any(row => row.Stage == 2));
        foreach (var row in rows.Where(row => row.Stage == 2))
        {
            Assert.IsTrue(TestModels.Names.Zip(row.Score).All(slot => slot.Second == scores[row.Id][Array.IndexOf(order, slot.First)]));
        }
    }

    [TestMethod]
    public void Load_OnnxSecondWithOptions_AnswersTheSame()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "second.onnx");
        try
        {
            var (network, data) = (_models.Network(), _models.Rows());
            network.ExportToOnnx(file);
            var second = _context.Transforms.CopyColumns("image", "Features")
                .Append(_context.Transforms.ApplyOnnxModel(
                    ["score"], ["image"], file, new Dictionary<string, int[]> { ["image"] = [1, 1, TestModels.Side, TestModels.Side] },
                    gpuDeviceId: null, fallbackToCpu: false))
                .Fit(data);
            var cascade = _context.MulticlassClassification.Cascade(
                _models.First(), second,
                new CascadeOptions { SecondScoreColumnName = "score", SecondClassNames = TestModels.Names, StageColumnName = "Stage" });
            using var stream = Saved(cascade, data.Schema);

            var loaded = new MLContext(9).Model.Load(stream, out _);

            var expected = _models.Read(_context.MulticlassClassification.Cascade(_models.First(), network).Transform(data));
            foreach (var (row, wanted) in _models.Read(loaded.Transform(data)).Zip(expected))
            {
                Assert.AreEqual(wanted.Stage, row.Stage);
                Assert.AreEqual(wanted.PredictedLabel, row.PredictedLabel);
                Assert.IsTrue(row.Score.Zip(wanted.Score).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4));
            }
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    [TestMethod]
    public void Load_Engine_PredictsFromTheFile()
    {
        var cascade = _context.MulticlassClassification.Cascade(_models.First(), _models.Network());
        using var stream = Saved(cascade, _models.Rows().Schema);
        var context = new MLContext(9);
        var model = context.Model.Load(stream, out _);
        using var engine = context.Model.CreatePredictionEngine<VectorRow, CascadedRow>(
            model, new PredictionEngineOptions { IgnoreMissingColumns = true, InputSchemaDefinition = TestModels.Schema() });

        var expected = _models.Read(cascade.Transform(_models.Rows(8)));

        Assert.IsTrue(TestModels.Rows(8).Zip(expected).All(pair => engine.Predict(pair.First).Bits() == pair.Second.Bits()));
    }

    [TestMethod]
    public void Load_DescriptionThatIsDamaged_IsRefusedInOneSentence()
    {
        var random = new Random(5);
        var body = Body("{\"stage\":\"Stage\",\"secondScore\":null}");
        foreach (var place in Enumerable.Range(0, body.Length))
        {
            var altered = (byte[])body.Clone();
            altered[place] ^= (byte)(1 << random.Next(8));

            StringAssert.StartsWith(LoadError(altered), "This is not a complete cascade of AdaptiveInference.ML: ", $"byte {place}");
        }

        foreach (var length in Enumerable.Range(0, body.Length))
        {
            StringAssert.StartsWith(LoadError(body[..length]), "This is not a complete cascade of AdaptiveInference.ML: ");
        }
    }

    [TestMethod]
    [DataRow("{}", "It has 0 members instead of 2")]
    [DataRow("{\"stage\":1,\"secondScore\":null}", "Expected 'stage' as text")]
    [DataRow("{\"stage\":\"a\",\"stage\":\"b\"}", "twice")]
    [DataRow("[", "its description is damaged")]
    [DataRow("{\"stage\":\"Stage\",\"secondScore\":null}", "its first model is missing or no gated network")]
    public void Load_DescriptionThatSaysWhatCannotBe_IsRefused(string json, string expected)
        => StringAssert.Contains(LoadError(Body(json)), expected);

    [TestMethod]
    public void Load_DescriptionOfAbsurdLength_AllocatesNothingLarge()
    {
        var body = Body("{\"stage\":\"Stage\",\"secondScore\":null}");
        BitConverter.GetBytes(60_000_000).CopyTo(body, 0);
        var zip = RawModel.Zip(CascadeTransformer.Header, body);
        _ = Assert.Throws<Exception>(() => new MLContext().Model.Load(new MemoryStream(zip), out _));
        var before = GC.GetAllocatedBytesForCurrentThread();

        _ = Assert.Throws<Exception>(() => new MLContext().Model.Load(new MemoryStream(zip), out _));

        Assert.IsLessThan(5_000_000L, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Load_FirstThatRefusesNothing_IsRefused()
    {
        var forged = new Forged(_models.Network(), _models.Network());
        using var stream = Saved(forged, _models.Rows().Schema);

        StringAssert.Contains(Innermost(stream), "The first model of a cascade must say of which answers it is sure enough");
    }

    [TestMethod]
    public void Load_FirstThatIsNoNetwork_IsRefused()
    {
        var forged = new Forged(_context.Transforms.CopyColumns("Copy", "Id").Fit(_models.Rows(1)), _models.Network());
        using var stream = Saved(forged, _models.Rows().Schema);

        StringAssert.Contains(Innermost(stream), "its first model is missing or no gated network");
    }

    [TestMethod]
    public void Load_CascadesNestedWithoutEnd_AreRefused()
    {
        ITransformer model = _models.Network();
        for (var depth = 0; depth < 12; depth++)
        {
            model = new Forged(_models.First(), model);
        }

        using var stream = Saved(model, _models.Rows().Schema);

        StringAssert.Contains(Innermost(stream), "it has more than 8 cascades within one another");
    }

    private static byte[] Body(string json)
    {
        var text = Encoding.UTF8.GetBytes(json);
        byte[] hashed = [.. BitConverter.GetBytes(text.Length), .. text];
        return [.. hashed, .. System.Security.Cryptography.SHA256.HashData(hashed)];
    }

    private static string LoadError(byte[] body) => Innermost(new MemoryStream(RawModel.Zip(CascadeTransformer.Header, body)));

    private static string Innermost(Stream stream)
        => Assert.Throws<Exception>(() => new MLContext(9).Model.Load(stream, out _)).GetBaseException().Message;

    private MemoryStream Saved(ITransformer model, DataViewSchema schema)
    {
        var stream = new MemoryStream();
        _context.Model.Save(model, schema, stream);
        stream.Position = 0;
        return stream;
    }

    /// <summary>Saves two models as if they were a cascade.</summary>
    private sealed class Forged(ITransformer first, ITransformer second) : ITransformer
    {
        public bool IsRowToRowMapper => true;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => throw new NotSupportedException();

        void ICanSaveModel.Save(ModelSaveContext ctx)
        {
            ModelFileHeader.Save(
                ctx, CascadeTransformer.Header, writer => writer.Write(Body("{\"stage\":\"Stage\",\"secondScore\":null}")));
            SubModels.Save(ctx, first, "First");
            SubModels.Save(ctx, second, "Second");
        }
    }
}
