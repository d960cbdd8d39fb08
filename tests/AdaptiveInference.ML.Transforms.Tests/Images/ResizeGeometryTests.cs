using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Tests.Images;

[TestClass]
public sealed class ResizeGeometryTests
{
    [TestMethod]
    [DataRow(100, 200, 50, 50, 0.0, 100.0, 50.0, 100.0)]        // wide: a square from the middle
    [DataRow(8, 5, 4, 4, 1.5, 5.0, 0.0, 5.0)]                   // tall, odd: half a row more at each end
    [DataRow(1, 1, 2, 4, 0.25, 0.5, 0.0, 1.0)]                  // one pixel: its middle rows
    [DataRow(1, 100_000, 224, 224, 0.0, 1.0, 49_999.5, 1.0)]
    [DataRow(7, 7, 3, 3, 0.0, 7.0, 0.0, 7.0)]                   // of the right proportions already
    [DataRow(3, 4, 6, 8, 0.0, 3.0, 0.0, 4.0)]
    public void Of_IsoCrop_SeesTheMiddle(
        int height, int width, int newHeight, int newWidth, double top, double rows, double left, double columns)
        => Assert.AreEqual(
            new ResizeGeometry(new AxisWindow(top, rows), new AxisWindow(left, columns), 0, 0, newHeight, newWidth),
            ResizeGeometry.Of(ResizingKind.IsoCrop, height, width, newHeight, newWidth));

    [TestMethod]
    [DataRow(100, 200, 50, 50, 12, 25, 0, 50)]                  // 25 rows are left, the odd one below
    [DataRow(5, 8, 4, 4, 0, 3, 0, 4)]                           // 2.5 rows are 3
    [DataRow(8, 5, 9, 9, 0, 9, 1, 6)]                           // 5.625 columns are 6
    [DataRow(1, 1, 2, 4, 0, 2, 1, 2)]
    [DataRow(1, 100_000, 224, 224, 111, 1, 0, 224)]             // never less than one pixel
    [DataRow(100_000, 1, 224, 224, 0, 224, 111, 1)]
    [DataRow(7, 7, 3, 3, 0, 3, 0, 3)]
    public void Of_IsoPad_StandsInTheMiddle(
        int height, int width, int newHeight, int newWidth, int top, int rows, int left, int columns)
        => Assert.AreEqual(
            new ResizeGeometry(new AxisWindow(0, height), new AxisWindow(0, width), top, left, rows, columns),
            ResizeGeometry.Of(ResizingKind.IsoPad, height, width, newHeight, newWidth));

    [TestMethod]
    public void Of_Fill_IsAllOnAll()
        => Assert.AreEqual(
            new ResizeGeometry(new AxisWindow(0, 5), new AxisWindow(0, 9), 0, 0, 4, 3), ResizeGeometry.Of(ResizingKind.Fill, 5, 9, 4, 3));

    [TestMethod]
    [DataRow(480, 640, 224, 224)]
    [DataRow(640, 480, 224, 224)]
    [DataRow(333, 1001, 96, 96)]
    [DataRow(61, 37, 224, 224)]
    [DataRow(300, 200, 32, 100)]
    [DataRow(50, 50, 64, 96)]
    [DataRow(1000, 90, 64, 64)]
    public void Of_AnySizes_IsMlNetsToWithinAPixel(int height, int width, int newHeight, int newWidth)
    {
        // Red rises to the right and green downwards, so that a colour tells where in the source it was; blue is only in the picture.
        var pixels = new byte[height * width * 4];
        for (var i = 0; i < height * width; i++)
        {
            var (y, x) = Math.DivRem(i, width);
            (pixels[4 * i], pixels[(4 * i) + 1]) = ((byte)(255 * (x + 0.5) / width), (byte)(255 * (y + 0.5) / height));
            (pixels[(4 * i) + 2], pixels[(4 * i) + 3]) = (255, 255);
        }

        using var image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
        foreach (var kind in (ResizingKind[])[ResizingKind.IsoCrop, ResizingKind.IsoPad])
        {
            var ours = Read(image, kind, newHeight, newWidth);
            var (theirs, covered) = MlNets(image, kind, newHeight, newWidth);
            var (missing, plane) = (0, newHeight * newWidth);
            for (var i = 0; i < plane; i++)
            {
                // Padding: ours is middle gray, ML.NET's transparent.
                var (inOurs, inTheirs) = (ours[(2 * plane) + i] > 200, covered[i]);
                missing += inOurs == inTheirs ? 0 : 1;
                if (inOurs && inTheirs)
                {
                    Assert.AreEqual(theirs[i], ours[i], 2 + (1.5 * 255 / Seen(width, height, newWidth, newHeight, kind)), $"{kind}, {i}");
                    Assert.AreEqual(
                        theirs[plane + i], ours[plane + i], 2 + (1.5 * 255 / Seen(height, width, newHeight, newWidth, kind)),
                        $"{kind}, {i}");
                }
            }

            // At most one row or column at each end.
            Assert.IsLessThanOrEqualTo(2 * Math.Max(newHeight, newWidth), missing, $"{kind}");
        }
    }

    // Pixels of the result that the whole axis would have.
    private static double Seen(int size, int otherSize, int newSize, int newOtherSize, ResizingKind kind)
    {
        var (own, other) = ((double)newSize / size, (double)newOtherSize / otherSize);
        return size * (kind == ResizingKind.IsoCrop ? Math.Max(own, other) : Math.Min(own, other));
    }

    private static (float[] Pixels, bool[] Covered) MlNets(MLImage image, ResizingKind kind, int height, int width)
    {
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable([new ImageRow { Image = image }]);
        var resized = context.Transforms.ResizeImages("Resized", width, height, "Image", kind).Fit(data).Transform(data);
        using var cursor = resized.GetRowCursor(resized.Schema);
        var getter = cursor.GetGetter<MLImage>(resized.Schema["Resized"]);
        Assert.IsTrue(cursor.MoveNext());
        MLImage? result = null;
        getter(ref result!);
        var alpha = result.Pixels.ToArray();
        return (
            Read(result, ResizingKind.Fill, height, width),
            [.. Enumerable.Range(0, height * width).Select(i => alpha[(4 * i) + 3] == 255)]);
    }

    private static float[] Read(MLImage image, ResizingKind kind, int height, int width)
    {
        var pixels = new float[3 * height * width];
        MLImagePixels.Read(image, kind, new ImageShape(3, height, width), pixels);
        return pixels;
    }

    private sealed class ImageRow
    {
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }
}
