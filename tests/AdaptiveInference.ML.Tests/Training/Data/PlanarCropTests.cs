using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Images;

namespace AdaptiveInference.ML.Tests.Training.Data;

[TestClass]
public sealed class PlanarCropTests
{
    [TestMethod]
    public void Resize_MiddleOfFourColumns_IsAsByHand()
    {
        // Columns of 0, 100, 200 and 300; rows of 0, 8, 16 and 24 more.
        float[] image = [.. Enumerable.Range(0, 16).Select(i => (float)((100 * (i % 4)) + (8 * (i / 4))))];

        // Two to four: each is 3/4 of its own pixel and 1/4 of the neighbour, which may lie beside the part.
        float[] columns = [75, 125, 175, 225], rows = [6, 10, 14, 18];
        float[] expected = [.. rows.SelectMany(row => columns.Select(column => column + row))];
        CollectionAssert.AreEqual(expected, Resize(image, new ImageShape(1, 4, 4), new PhotoCrop(1, 1, 2, 2), flip: false));

        float[] mirrored = [.. rows.SelectMany(row => columns.Reverse().Select(column => column + row))];
        CollectionAssert.AreEqual(mirrored, Resize(image, new ImageShape(1, 4, 4), new PhotoCrop(1, 1, 2, 2), flip: true));
    }

    [TestMethod]
    public void Resize_Whole_IsTheImage()
    {
        float[] image = [.. Enumerable.Range(0, 2 * 5 * 7).Select(i => (float)i)];

        CollectionAssert.AreEqual(image, Resize(image, new ImageShape(2, 5, 7), new PhotoCrop(0, 0, 5, 7), flip: false));
    }

    [TestMethod]
    public unsafe void Resize_AnyPart_IsWhatImageFilesAreResizedWith()
    {
        var random = new Random(1);
        for (var round = 0; round < 50; round++)
        {
            int height = random.Next(1, 40), width = random.Next(1, 40);
            int rows = random.Next(1, height + 1), columns = random.Next(1, width + 1);
            var crop = new PhotoCrop(random.Next(height - rows + 1), random.Next(width - columns + 1), rows, columns);
            var bytes = new byte[height * width * 4];
            random.NextBytes(bytes);
            float[] planar = [.. Enumerable.Range(0, 3).SelectMany(channel =>
                Enumerable.Range(0, height * width).Select(i => (float)bytes[(4 * i) + channel]))];
            var resampler = new ImageResampler(
                height, width, height, width, new AxisWindow(crop.Top, rows), new AxisWindow(crop.Left, columns));
            fixed (byte* start = bytes)
            {
                for (var y = 0; y < height; y++)
                {
                    resampler.Add(start + (4 * y * width));
                }
            }

            var read = Resize(planar, new ImageShape(3, height, width), crop, flip: false);

            for (var i = 0; i < read.Length; i++)
            {
                var (channel, place) = Math.DivRem(i, height * width);
                Assert.AreEqual(resampler.Result[(4 * place) + channel], read[i], 1e-3, $"{crop} of {height}×{width}, value {i}");
            }
        }
    }

    private static float[] Resize(float[] image, ImageShape shape, PhotoCrop crop, bool flip)
    {
        var result = new float[shape.Size];
        PlanarCrop.Resize(image, shape, crop, flip, result);
        return result;
    }
}
