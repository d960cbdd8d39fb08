using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>Image files as users have them, through everything that scores.</summary>
[TestClass]
public sealed class EncodedRowsTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow("bomb.png", "the image has 30000 × 30000 = 900000000 pixels and the limit is 128000000 (ResourceLimits.MaximumImagePixels)")]
    [DataRow("half_zeros.jpg", "the picture breaks off: the file is damaged or incomplete")]
    public void Transform_FileThatIsRefused_NamesTheRowAndAnEngineDoesNot(string name, string problem)
    {
        using var transformer = TestModels.Transformer(TestModels.Spec(channels: 3), _context);
        var data = _context.Data.LoadFromEnumerable(
            [new FileRow { Features = Case("plain_up.jpg") }, new FileRow { Features = Case(name) }]);

        var error = Assert.ThrowsExactly<FormatException>(() => transformer.Transform(data).GetColumn<float[]>("Score").ToList());

        Assert.AreEqual(
            $"Row 1 of column 'Features': {problem}. Remove or repair this row (rows are numbered from 0 as they are read).",
            error.Message);
        Assert.AreEqual(1L, error.Data["Row"]);
        using var engine = Engine(transformer);
        for (var call = 0; call < 3; call++)
        {
            error = Assert.ThrowsExactly<FormatException>(() => engine.Predict(new FileRow { Features = Case(name) }));
            Assert.AreEqual($"Column 'Features': {problem}. Repair or replace this image.", error.Message);
        }
    }

    [TestMethod]
    public void Transform_Icon_HasTheAnswerOfThePictureInIt()
    {
        using var transformer = TestModels.Transformer(TestModels.Spec(channels: 3), _context);
        var png = Case("palette_transp_up.png");

        // One picture of 64×64, a PNG file from byte 22 on.
        byte[] icon = [0, 0, 1, 0, 1, 0, 64, 64, 0, 0, 1, 0, 32, 0, .. BitConverter.GetBytes(png.Length), 22, 0, 0, 0, .. png];
        var data = _context.Data.LoadFromEnumerable([new FileRow { Features = png }, new FileRow { Features = icon }]);

        var scores = transformer.Transform(data).GetColumn<float[]>("Score").ToArray();

        CollectionAssert.AreEqual(scores[0], scores[1]);
    }

    [TestMethod]
    public void Transform_BehindMapKeyToValue_BaseExceptionNamesTheRow()
    {
        using var transformer = TestModels.Transformer(TestModels.Spec(channels: 3), _context);
        var rows = Enumerable.Range(0, 40)
            .Select(i => new FileRow { Features = i == 7 ? [1, 2, 3] : Case("plain_up.jpg") }).ToList();
        var scored = transformer.Transform(_context.Data.LoadFromEnumerable(rows));
        var model = transformer.Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored));

        var error = Assert.Throws<Exception>(() => model.Transform(_context.Data.LoadFromEnumerable(rows)).Preview());

        Assert.IsNotInstanceOfType<FormatException>(error);
        var bad = (FormatException)error.GetBaseException();
        Assert.AreEqual(7L, bad.Data["Row"]);
        Assert.AreEqual("3 bytes are not an image that can be decoded (PNG, JPEG, BMP, GIF or WebP)", bad.Data["Problem"]);
    }

    [TestMethod]
    [DataRow("exif2_up.jpg")]
    [DataRow("exif3_up.jpg")]
    [DataRow("exif8_up.jpg")]
    [DataRow("exif6_up.png")]
    [DataRow("cmyk_up.jpg")]
    [DataRow("palette_transp_up.png")]
    public void Transform_CaseThatIsUp_HasTheAnswerOfTheReference(string name)
    {
        using var transformer = TestModels.Transformer(TestModels.Spec(channels: 3), _context);
        using var engine = Engine(transformer);
        var expected = engine.Predict(new FileRow { Features = Case("plain_up.jpg") }).PredictedLabel;

        var data = _context.Data.LoadFromEnumerable([new FileRow { Features = Case(name) }]);

        Assert.AreEqual(expected, engine.Predict(new FileRow { Features = Case(name) }).PredictedLabel);
        Assert.AreEqual(expected, transformer.Transform(data).GetColumn<uint>("PredictedLabel").Single());
    }

    [TestMethod]
    public void MaximumImagePixels_Set_IsTheLimitOfWhatIsReadThen()
    {
        using var transformer = TestModels.Transformer(TestModels.Spec(channels: 3), _context);
        using var engine = Engine(transformer);
        var row = new FileRow { Features = Case("plain_up.jpg") };
        engine.Predict(row);
        try
        {
            ResourceLimits.MaximumImagePixels = 4095;
            StringAssert.Contains(
                Assert.ThrowsExactly<FormatException>(() => engine.Predict(row)).Message, "64 × 64 = 4096 pixels and the limit is 4095");
        }
        finally
        {
            ResourceLimits.MaximumImagePixels = ResourceLimits.DefaultMaximumImagePixels;
        }

        Assert.AreEqual(
            "A limit must be at least 1, got 0. (Parameter 'value')",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ResourceLimits.MaximumImagePixels = 0).Message);
    }

    private static byte[] Case(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Cases", name));

    private PredictionEngine<FileRow, Answer> Engine(ITransformer transformer)
        => _context.Model.CreatePredictionEngine<FileRow, Answer>(transformer, new PredictionEngineOptions { OwnsTransformer = false });

    private sealed class FileRow
    {
        public byte[] Features { get; set; } = [];
    }

    private sealed class Answer
    {
        public uint PredictedLabel { get; set; }
    }
}
