using AdaptiveInference.ML.Transforms.Architectures;
using Microsoft.ML;
using Microsoft.ML.Data;
using SkiaSharp;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>Everything that reads images reads them as the model says.</summary>
[TestClass]
public sealed class ResizedImagesTests
{
    private static readonly NetworkSpec Spec = TestModels.Spec(channels: 3) with { Exits = [new ExitSpec(1, HeadKind.Pooled)] };

    private readonly MLContext _context = new(1);

    [TestMethod]
    public void Transform_CroppingModel_SeesTheMiddle()
    {
        var model = TestModels.Transformer(Spec, _context);
        var (whole, middle) = (Data(crop: false), Data(crop: true));

        var cropped = Bits(model.WithResizing(ResizingKind.IsoCrop), whole);

        CollectionAssert.AreEqual(Bits(model, middle), cropped);
        CollectionAssert.AreNotEqual(Bits(model, whole), cropped);
        CollectionAssert.AreEqual(Bits(model, whole), Bits(model.WithResizing(ResizingKind.Fill), whole));
        CollectionAssert.AreNotEqual(cropped, Bits(model.WithResizing(ResizingKind.IsoPad), whole));
    }

    [TestMethod]
    public void Predict_CroppingModel_IsAsTransform()
    {
        var model = TestModels.Transformer(Spec, _context).WithResizing(ResizingKind.IsoCrop);
        using var engine = _context.Model.CreatePredictionEngine<EncodedPicture, ScoredPicture>(model);

        var expected = Score(model, Data(crop: false));

        CollectionAssert.AreEqual(expected[0], engine.Predict(new EncodedPicture { Features = Picture(0, crop: false) }).Score);
    }

    [TestMethod]
    public void AdaptiveFeatures_CroppingModel_SeesTheMiddle()
    {
        var model = TestModels.Transformer(Spec, _context);

        var cropped = Features(model.WithResizing(ResizingKind.IsoCrop), Data(crop: false));

        CollectionAssert.AreEqual(Features(model, Data(crop: true)), cropped);
        CollectionAssert.AreNotEqual(Features(model, Data(crop: false)), cropped);
    }

    [TestMethod]
    public void WithComputeBudget_CroppingModel_CalibratesOnTheMiddle()
    {
        var model = TestModels.Transformer(Spec, _context);

        var cropped = model.WithResizing(ResizingKind.IsoCrop).WithComputeBudget(Data(crop: false), 0.8);

        Assert.AreEqual(ResizingKind.IsoCrop, cropped.Resizing);
        Assert.AreEqual(model.WithComputeBudget(Data(crop: true), 0.8).GateThreshold, cropped.GateThreshold);
        Assert.AreEqual(ResizingKind.IsoCrop, cropped.WithGateThreshold(0.5f).WithExitConfidence(0.5f).Resizing);
    }

    [TestMethod]
    [DataRow(ResizingKind.IsoCrop)]
    [DataRow(ResizingKind.IsoPad)]
    [DataRow(ResizingKind.Fill)]
    public void Save_AnyResizing_IsLoaded(ResizingKind kind)
    {
        var model = TestModels.Transformer(Spec, _context).WithResizing(kind);
        var data = Data(crop: false);
        using var file = new MemoryStream();
        _context.Model.Save(model, data.Schema, file);
        file.Position = 0;

        var loaded = new MLContext(2).Model.Load(file, out _).AdaptiveNetwork();

        Assert.AreEqual(kind, loaded.Resizing);
        CollectionAssert.AreEqual(Bits(model, data), Bits(loaded, data));
    }

    [TestMethod]
    public void WithResizing_NoneOfTheThree_IsRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => TestModels.Transformer(Spec, _context).WithResizing((ResizingKind)7));

        Assert.AreEqual("Resizing must be Fill, IsoCrop or IsoPad, got 7. (Parameter 'resizing')", error.Message);
    }

    [TestMethod]
    public void Transform_VectorsOfPixels_AreNotAffected()
    {
        var model = TestModels.Transformer(context: _context);
        var data = TestModels.View(_context, TestModels.Rows(5));

        CollectionAssert.AreEqual(Bits(model, data), Bits(model.WithResizing(ResizingKind.IsoCrop), data));
    }

    private IDataView Data(bool crop) => _context.Data.LoadFromEnumerable(
        Enumerable.Range(0, 12).Select(i => new EncodedPicture { Features = Picture(i, crop) }));

    // Three times as wide as high, and of the network's own height; the middle third when it is cropped.
    private static byte[] Picture(int seed, bool crop)
    {
        var random = new Random(seed);
        using var bitmap = new SKBitmap(new SKImageInfo(crop ? TestModels.Side : 3 * TestModels.Side, TestModels.Side));
        var first = crop ? TestModels.Side : 0;
        for (var y = 0; y < TestModels.Side; y++)
        {
            for (var x = 0; x < 3 * TestModels.Side; x++)
            {
                var colour = new SKColor((byte)random.Next(256), (byte)random.Next(30 + (20 * seed)), (byte)(x * 7));
                if (x >= first && x < first + bitmap.Width)
                {
                    bitmap.SetPixel(x - first, y, colour);
                }
            }
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private string[] Bits(GatedResNetTransformer model, IDataView data)
        => [.. Score(model, data).Select(score => string.Join(",", score.Select(BitConverter.SingleToInt32Bits)))];

    private List<float[]> Score(GatedResNetTransformer model, IDataView data)
        => [.. _context.Data.CreateEnumerable<ScoredPicture>(model.Transform(data), reuseRowObject: false).Select(row => row.Score)];

    private float[] Features(GatedResNetTransformer model, IDataView data)
        => [.. _context.Transforms.AdaptiveFeatures("Pooled", model).Fit(data).Transform(data).GetColumn<float[]>("Pooled")
            .SelectMany(row => row)];

    private sealed class EncodedPicture
    {
        public byte[] Features { get; set; } = [];
    }

    private sealed class ScoredPicture
    {
        public float[] Score { get; set; } = [];
    }
}
