using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using SkiaSharp;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Tests;

/// <summary>Training reads image files as its model will.</summary>
[TestClass]
public sealed class ResizedImagesTests
{
    private const int Side = 12;

    private static readonly ResNetTrainer.Options Options = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, BatchSize = 8, Seed = 1, ImageShape = new ImageShape(3, Side, Side),
    };

    private readonly MLContext _context = new(1);

    [TestMethod]
    public void Fit_IsoCrop_LearnsFromTheMiddle()
    {
        var (wide, middle) = (Data(crop: false), Data(crop: true));
        using var expected = Trainers.Create(_context, Options with { ValidationSet = middle }).Fit(middle);

        using var model = Trainers.Create(
            _context, Options with { Resizing = ResizingKind.IsoCrop, ValidationSet = wide }).Fit(wide);

        Assert.AreEqual(ResizingKind.IsoCrop, model.Resizing);
        Assert.AreEqual(ResizingKind.Fill, expected.Resizing);
        CollectionAssert.AreEqual(Scores(expected, middle), Scores(model, wide));
    }

    [TestMethod]
    public void Fit_InitialModel_GivesItsResizingUnlessTheOptionsSayOtherwise()
    {
        var data = Data(crop: false);
        using var initial = Trainers.Create(_context, Options with { Resizing = ResizingKind.IsoPad }).Fit(data);

        using var same = Trainers.Create(_context, Options with { InitialModel = initial }).Fit(data);
        using var other = Trainers.Create(_context, Options with { InitialModel = initial, Resizing = ResizingKind.Fill }).Fit(data);

        Assert.AreEqual(ResizingKind.IsoPad, same.Resizing);
        Assert.AreEqual(ResizingKind.Fill, other.Resizing);
        CollectionAssert.AreNotEqual(Scores(same, data), Scores(other, data));
    }

    [TestMethod]
    public void Options_ResizingThatIsNone_IsRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => Trainers.Create(_context, Options with { Resizing = (ResizingKind)9 }));

        StringAssert.Contains(error.Message, "Resizing must be one of IsoPad, IsoCrop, Fill, got 9.");
    }

    private float[] Scores(GatedResNetTransformer model, IDataView data)
        => [.. _context.Data.CreateEnumerable<Scored>(model.Transform(data), reuseRowObject: false).SelectMany(row => row.Score)];

    private IDataView Data(bool crop)
    {
        var data = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 16).Select(
            i => new Row { Label = i % 2 == 0 ? "even" : "odd", Features = Picture(i, crop) }));
        return _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    // Twice as wide as high, and of the network's own height; the middle half when it is cropped.
    private static byte[] Picture(int seed, bool crop)
    {
        var random = new Random(seed);
        using var bitmap = new SKBitmap(new SKImageInfo(crop ? Side : 2 * Side, Side));
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < 2 * Side; x++)
            {
                var colour = new SKColor((byte)random.Next(256), (byte)(x * 10), (byte)(seed % 2 * 100));
                var place = x - (crop ? Side / 2 : 0);
                if (place >= 0 && place < bitmap.Width)
                {
                    bitmap.SetPixel(place, y, colour);
                }
            }
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";

        public byte[] Features { get; set; } = [];
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
