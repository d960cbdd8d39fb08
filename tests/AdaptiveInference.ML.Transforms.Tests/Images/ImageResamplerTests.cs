using AdaptiveInference.ML.Transforms.Images;

namespace AdaptiveInference.ML.Transforms.Tests.Images;

[TestClass]
public sealed class ImageResamplerTests
{
    [TestMethod]
    public void Add_SizesThatAlternateOnManyThreads_GivesEachItsOwnResult()
    {
        (int Height, int Width, int NewHeight, int NewWidth)[] sizes = [(9, 14, 6, 5), (14, 9, 6, 5), (9, 14, 12, 30), (5, 5, 6, 5)];
        var alone = sizes.Select(Resize).ToArray();

        Parallel.For(0, 400, i => CollectionAssert.AreEqual(alone[i % sizes.Length], Resize(sizes[i % sizes.Length])));

        Assert.AreNotEqual(alone[0][40], alone[1][40]);
    }

    [TestMethod]
    public void Add_UniformImage_StaysUniform()
    {
        var result = Resize(7, 11, 3, 4, i => (byte)(i % 4 == 0 ? 200 : 50));

        for (var i = 0; i < result.Length; i++)
        {
            Assert.AreEqual(i % 4 == 0 ? 200 : 50, result[i], 1e-3);
        }
    }

    [TestMethod]
    [DataRow(7, 11, 7, 11)]
    [DataRow(7, 11, 3, 4)]
    [DataRow(3, 4, 7, 11)]
    [DataRow(1, 40, 5, 2)]
    [DataRow(40, 1, 2, 5)]
    [DataRow(100, 3, 3, 3)]
    public void Add_AnySizes_IsTheTriangleFilter(int height, int width, int newHeight, int newWidth)
    {
        static byte Pixel(int i) => (byte)(i * 37 % 251);

        var result = Resize(height, width, newHeight, newWidth, Pixel);

        for (var i = 0; i < result.Length; i++)
        {
            var (place, channel) = Math.DivRem(i, 4);
            var (y, x) = Math.DivRem(place, newWidth);
            double sum = 0, weights = 0;
            for (var sourceY = 0; sourceY < height; sourceY++)
            {
                for (var sourceX = 0; sourceX < width; sourceX++)
                {
                    var weight = Triangle(sourceY, y, height, newHeight) * Triangle(sourceX, x, width, newWidth);
                    sum += weight * Pixel((((sourceY * width) + sourceX) * 4) + channel);
                    weights += weight;
                }
            }

            Assert.AreEqual(sum / weights, result[i], 1e-3, $"value {i}");
        }
    }

    [TestMethod]
    public void Of_AxisThatKeepsItsSize_HasOneWeight()
    {
        var weights = ResampleWeights.Of(9, new AxisWindow(0, 9), 9);

        for (var i = 0; i < 9; i++)
        {
            Assert.AreEqual(i, weights.First(i));
            CollectionAssert.AreEqual((float[])[1f], weights.Of(i).ToArray());
        }
    }

    private static double Triangle(int position, int target, int size, int newSize)
    {
        var scale = (double)size / newSize;
        return Math.Max(0, 1 - (Math.Abs(position + 0.5 - ((target + 0.5) * scale)) / Math.Max(scale, 1)));
    }

    private static float[] Resize((int Height, int Width, int NewHeight, int NewWidth) size)
    {
        var random = new Random(size.Height);
        return Resize(size.Height, size.Width, size.NewHeight, size.NewWidth, _ => (byte)random.Next(256));
    }

    private static unsafe float[] Resize(int height, int width, int newHeight, int newWidth, Func<int, byte> pixel)
    {
        var source = Enumerable.Range(0, height * width * 4).Select(pixel).ToArray();
        var resampler = new ImageResampler(height, width, newHeight, newWidth);
        fixed (byte* start = source)
        {
            for (var y = 0; y < height; y++)
            {
                resampler.Add(start + (y * width * 4));
            }
        }

        return resampler.Result;
    }
}
