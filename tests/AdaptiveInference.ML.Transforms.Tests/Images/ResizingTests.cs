using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML.Data;
using SkiaSharp;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Tests.Images;

/// <summary>Pixels of images that are squashed, cropped and padded, worked out by hand.</summary>
[TestClass]
public sealed class ResizingTests
{
    // Two rows of four columns.
    private static readonly byte[] Wide = [10, 20, 30, 40, 50, 60, 70, 80];

    [TestMethod]
    [DataRow(ResizingKind.IsoCrop, new float[] { 20, 30, 60, 70 })]
    [DataRow(ResizingKind.Fill, new float[] { 17, 33, 57, 73 })]       // (3·10 + 3·20 + 1·30) / 7
    [DataRow(ResizingKind.IsoPad, new float[] { 37, 53, 128, 128 })]   // the same of the rows' mean: (3·30 + 3·40 + 1·50) / 7
    public void Read_WideImageIntoASquare_IsAsByHand(ResizingKind kind, float[] expected)
        => CollectionAssert.AreEqual(expected, Both(Wide, 2, 4, kind, 2, 2));

    [TestMethod]
    public void Read_TallImageWithAnOddMargin_HasTheLargerMarginAtTheRight()
    {
        // 4×2 into 4×5: two columns of picture, one of gray before them and two behind.
        byte[] tall = [10, 20, 30, 40, 50, 60, 70, 80];

        CollectionAssert.AreEqual(
            (float[])[128, 10, 20, 128, 128, 128, 30, 40, 128, 128, 128, 50, 60, 128, 128, 128, 70, 80, 128, 128],
            Both(tall, 4, 2, ResizingKind.IsoPad, 4, 5));
    }

    [TestMethod]
    public void Read_CropBetweenPixels_CountsWhatLiesBesideIt()
    {
        // 1×4 into 1×1: the middle of the row is between its second and third pixel, both half.
        CollectionAssert.AreEqual((float[])[25], Both([10, 20, 30, 40], 1, 4, ResizingKind.IsoCrop, 1, 1));

        // 1×3 into 2×2: the middle pixel, enlarged; its left half is 3/4 of itself and 1/4 of its neighbour.
        CollectionAssert.AreEqual((float[])[75, 125, 75, 125], Both([0, 100, 200], 1, 3, ResizingKind.IsoCrop, 2, 2));
    }

    [TestMethod]
    [DataRow(ResizingKind.IsoCrop, new float[] { 77, 77, 77, 77, 77, 77 })]
    [DataRow(ResizingKind.Fill, new float[] { 77, 77, 77, 77, 77, 77 })]
    [DataRow(ResizingKind.IsoPad, new float[] { 77, 77, 128, 77, 77, 128 })]
    public void Read_OnePixel_IsThatPixelAndGray(ResizingKind kind, float[] expected)
        => CollectionAssert.AreEqual(expected, Both([77], 1, 1, kind, 2, 3));

    [TestMethod]
    [DataRow(ResizingKind.Fill)]
    [DataRow(ResizingKind.IsoCrop)]
    [DataRow(ResizingKind.IsoPad)]
    public void Read_EveryOrientation_IsTurnedBeforeItIsResized(ResizingKind kind)
    {
        // 60×40 upright, into 22 rows of 20 columns: cropped left and right, or 13 rows with gray above (4) and below (5).
        var (upright, shape) = (new float[3 * 22 * 20], new ImageShape(3, 22, 20));
        Assert.IsNull(EncodedImage.Read(Png(1), kind, shape, upright));
        for (var orientation = 2; orientation <= 8; orientation++)
        {
            var read = new float[shape.Size];
            Assert.IsNull(EncodedImage.Read(ExifFiles.With(Png(orientation), SKEncodedImageFormat.Png, orientation), kind, shape, read));
            for (var i = 0; i < read.Length; i++)
            {
                // Sums in another order may round a half otherwise.
                Assert.AreEqual(upright[i], read[i], 1, $"orientation {orientation}, value {i}");
            }
        }

        var gray = Enumerable.Range(0, 22).Where(y => upright.AsSpan(y * 20, 20).IndexOfAnyExcept(128f) < 0).ToArray();
        CollectionAssert.AreEqual(kind == ResizingKind.IsoPad ? (int[])[0, 1, 2, 3, 17, 18, 19, 20, 21] : [], gray);
    }

    [TestMethod]
    [DataRow(ResizingKind.IsoCrop, 1003, 405)]
    [DataRow(ResizingKind.IsoPad, 1003, 405)]
    [DataRow(ResizingKind.IsoCrop, 405, 1003)]
    [DataRow(ResizingKind.IsoPad, 405, 1003)]
    public void Read_ReducedJpeg_IsCloseToTheExactResize(ResizingKind kind, int width, int height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var wave = (byte)(128 + (100 * Math.Sin(x / 40.0)));
                bitmap.SetPixel(x, y, new SKColor((byte)(x * 255 / width), (byte)(y * 255 / height), wave));
            }
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
        var shape = new ImageShape(3, 32, 32);
        var (exact, read) = (new float[shape.Size], new float[shape.Size]);
        using var image = MLImage.CreateFromStream(new MemoryStream(data.ToArray()));
        MLImagePixels.Read(image, kind, shape, exact);

        Assert.IsNull(EncodedImage.Read(data.ToArray(), kind, shape, read));

        for (var i = 0; i < read.Length; i++)
        {
            Assert.AreEqual(exact[i], read[i], 4, $"value {i}");
        }
    }

    [TestMethod]
    [DataRow(ResizingKind.IsoCrop)]
    [DataRow(ResizingKind.IsoPad)]
    public void Read_ThinImage_TakesMemoryOfItsResult(ResizingKind kind)
    {
        foreach (var (width, height) in ((int, int)[])[(1, 300_000), (300_000, 1)])
        {
            using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Gray8));
            bitmap.Erase(SKColors.Black);
            using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            var (file, pixels) = (data.ToArray(), new float[3 * 224 * 224]);
            var before = GC.GetAllocatedBytesForCurrentThread();

            Assert.IsNull(EncodedImage.Read(file, kind, new ImageShape(3, 224, 224), pixels));

            Assert.IsLessThan(64L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.AreEqual(kind == ResizingKind.IsoPad ? 3 * 223 * 224 : 0, pixels.Count(pixel => pixel == 128));
        }
    }

    // Read as an MLImage and as a PNG file, which must agree.
    private static float[] Both(byte[] gray, int height, int width, ResizingKind kind, int newHeight, int newWidth)
    {
        var pixels = gray.SelectMany(value => (byte[])[value, value, value, 255]).ToArray();
        var shape = new ImageShape(1, newHeight, newWidth);
        var (read, decoded) = (new float[shape.Size], new float[shape.Size]);
        using var image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
        MLImagePixels.Read(image, kind, shape, read);
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Gray8));
        for (var i = 0; i < gray.Length; i++)
        {
            bitmap.SetPixel(i % width, i / width, new SKColor(gray[i], gray[i], gray[i]));
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        Assert.IsNull(EncodedImage.Read(data.ToArray(), kind, shape, decoded));
        CollectionAssert.AreEqual(read, decoded);
        return read;
    }

    private static byte[] Png(int orientation)
    {
        using var bitmap = OrientedPictures.Quarters(60, 40, orientation);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
