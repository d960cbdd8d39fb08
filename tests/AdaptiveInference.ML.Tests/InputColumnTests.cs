using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ModelBuilderStyle.ImageData;

namespace AdaptiveInference.ML.Tests;

/// <summary>The same pixels train the same model, whatever the type of the column that they come in.</summary>
[TestClass]
public sealed class InputColumnTests
{
    private const int Side = SyntheticImages.Side;

    private static readonly ResNetTrainer.Options Options = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, BatchSize = 16, Seed = 1, ImageShape = new ImageShape(3, Side, Side),
    };

    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(nameof(Row.Interleaved))]
    [DataRow(nameof(Row.Flat))]
    [DataRow(nameof(Row.Bytes))]
    [DataRow(nameof(Row.Encoded))]
    [DataRow(nameof(Row.Image))]
    public void Fit_OtherColumnTypeOfTheSamePixels_GivesTheSameModel(string column)
    {
        var rows = SyntheticImages.Rows(40).Select(Row.Of).ToList();
        try
        {
            var data = View(rows);
            using var expected = Trainers.Create(_context, Options with { FeatureColumnName = nameof(Row.Planar) }).Fit(data);
            using var model = Trainers.Create(_context, Options with { FeatureColumnName = column }).Fit(data);
            foreach (var tensor in expected.Model.Weights.Layout)
            {
                CollectionAssert.AreEqual(
                    expected.Model.Weights[tensor.Name].ToArray(), model.Model.Weights[tensor.Name].ToArray(), tensor.Name);
            }
        }
        finally
        {
            rows.ForEach(row => row.Image.Dispose());
        }
    }

    [TestMethod]
    public void Fit_VectorWithDimensionsAndNoImageShape_TakesThem()
    {
        var data = View(SyntheticImages.Rows(30).Select(Row.Of));
        using var planar = Trainers.Create(_context, Options with { FeatureColumnName = nameof(Row.Planar), ImageShape = null }).Fit(data);
        using var interleaved = Trainers.Create(
            _context, Options with { FeatureColumnName = nameof(Row.Interleaved), ImageShape = null }).Fit(data);
        Assert.AreEqual("3×12×12", planar.ImageShape.ToString());
        Assert.AreEqual("3×12×12", interleaved.ImageShape.ToString());
    }

    [TestMethod]
    public void Fit_SavedAndLoadedInAFreshContext_ScoresAlike()
    {
        var data = View(SyntheticImages.Rows(40).Select(Row.Of));
        using var model = Trainers.Create(
            _context, new SkipNetTrainer.Options
            {
                Architecture = ResNetArchitecture.Cifar(8), Epochs = 2, ReinforcementEpochs = 0, BatchSize = 16, Exits = new ExitOptions(),
                FeatureColumnName = nameof(Row.Planar),
            }).Fit(data);
        using var stream = new MemoryStream();
        _context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        var loaded = new MLContext().Model.Load(stream, out _);
        foreach (var column in (string[])["Score", "ExecutionPath"])
        {
            var expected = model.Transform(data).GetColumn<float[]>(column).SelectMany(values => values).ToArray();
            CollectionAssert.AreEqual(
                expected, loaded.Transform(data).GetColumn<float[]>(column).SelectMany(values => values).ToArray(), column);
        }
    }

    [TestMethod]
    public void Transform_FlatVectorsOfAModelTrainedOnInterleavedOnes_AreReadInThatOrder()
    {
        var rows = SyntheticImages.Rows(40).Select(Row.Of).ToList();
        var data = View(rows);
        using var model = Trainers.Create(
            _context, Options with { FeatureColumnName = nameof(Row.Interleaved), ImageShape = null }).Fit(data);
        using var stream = new MemoryStream();
        _context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        var loaded = new MLContext().Model.Load(stream, out _);
        var flat = _context.Data.LoadFromEnumerable(rows.Select(row => new FlatRow { Interleaved = row.Interleaved }));

        var expected = Scores(model.Transform(data));

        CollectionAssert.AreEqual(expected, Scores(model.Transform(flat)));
        CollectionAssert.AreEqual(expected, Scores(loaded.Transform(flat)));
        CollectionAssert.AreEqual(expected, Scores(model.WithExitConfidence(0.5f).Transform(flat)));
        using var engine = _context.Model.CreatePredictionEngine<FlatRow, Answer>(loaded);
        CollectionAssert.AreEqual(expected.Take(3).ToArray(), engine.Predict(new FlatRow { Interleaved = rows[0].Interleaved }).Score);
        rows.ForEach(row => row.Image.Dispose());
    }

    [TestMethod]
    public void Fit_FlatVectorsFromAModelTrainedOnInterleavedOnes_ReadsThemInItsOrder()
    {
        var rows = SyntheticImages.Rows(40).Select(Row.Of).ToList();
        var data = View(rows);
        using var initial = Trainers.Create(
            _context, Options with { FeatureColumnName = nameof(Row.Interleaved), ImageShape = null }).Fit(data);
        var vectors = _context.Data.LoadFromEnumerable(
            rows.Select(row => new FlatRow { Label = row.Label, Interleaved = row.Interleaved }));
        var flat = _context.Transforms.Conversion.MapValueToKey("Label").Fit(vectors).Transform(vectors);
        var options = Options with
        {
            FeatureColumnName = nameof(Row.Interleaved), InitialModel = initial, Exits = new ExitOptions { FreezeNetwork = true },
        };

        using var frozen = Trainers.Create(_context, options).Fit(flat);

        CollectionAssert.AreEqual(Scores(initial.Transform(flat)), Scores(frozen.WithExitConfidence(1).Transform(flat)));
        using var taught = Trainers.Create(
            _context, Options with { FeatureColumnName = nameof(Row.Interleaved), Teacher = initial }).Fit(flat);
        Assert.AreEqual(Transforms.Model.PixelLayout.Interleaved, taught.Model.FlatLayout);
        rows.ForEach(row => row.Image.Dispose());
    }

    private static float[] Scores(IDataView scored) => [.. scored.GetColumn<float[]>("Score").SelectMany(values => values)];

    private IDataView View(IEnumerable<Row> rows)
    {
        var data = _context.Data.LoadFromEnumerable(rows);
        return _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private sealed class FlatRow
    {
        public string Label { get; set; } = "";

        [VectorType(3 * Side * Side)]
        public float[] Interleaved { get; set; } = [];
    }

    private sealed class Answer
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";

        [VectorType(3, Side, Side)]
        public float[] Planar { get; set; } = [];

        [VectorType(Side, Side, 3)]
        public float[] Interleaved { get; set; } = [];

        [VectorType(3 * Side * Side)]
        public float[] Flat { get; set; } = [];

        [VectorType(3, Side, Side)]
        public byte[] Bytes { get; set; } = [];

        public byte[] Encoded { get; set; } = [];

        [ImageType(Side, Side)]
        public MLImage Image { get; set; } = null!;

        // Three different channels, so that none can be mistaken for another.
        public static Row Of(SyntheticImages.Row source)
        {
            var gray = source.Features;
            float[] planar = [.. gray, .. gray.Select(pixel => 255 - pixel), .. gray.Select(pixel => (float)Math.Floor(pixel / 2))];
            var encoded = BitmapFile.Encode([.. planar.Select(pixel => (byte)pixel)], 3, Side, Side);
            using var stream = new MemoryStream(encoded);
            return new Row
            {
                Label = source.Label,
                Planar = planar,
                Interleaved =
                [
                    .. Enumerable.Range(0, gray.Length)
                        .SelectMany(pixel => (float[])[planar[pixel], planar[pixel + gray.Length], planar[pixel + (2 * gray.Length)]]),
                ],
                Flat = planar,
                Bytes = [.. planar.Select(pixel => (byte)pixel)],
                Encoded = encoded,
                Image = MLImage.CreateFromStream(stream),
            };
        }
    }
}
