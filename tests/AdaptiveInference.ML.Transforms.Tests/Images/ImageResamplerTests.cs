using AdaptiveInference.ML.Transforms.Images;

namespace AdaptiveInference.ML.Transforms.Tests.Images;

[TestClass]
public sealed class ImageResamplerTests
{
    [TestMethod]
    public void Resize_SizesThatAlternateOnManyThreads_GivesEachItsOwnResult()
    {
        (int Height, int Width, int NewHeight, int NewWidth)[] sizes = [(9, 14, 6, 5), (14, 9, 6, 5), (9, 14, 12, 30), (5, 5, 6, 5)];
        var alone = sizes.Select(Resize).ToArray();

        Parallel.For(0, 400, i => CollectionAssert.AreEqual(alone[i % sizes.Length], Resize(sizes[i % sizes.Length])));

        Assert.AreNotEqual(alone[0][40], alone[1][40]);
    }

    [TestMethod]
    public void Resize_UniformImage_StaysUniform()
    {
        var source = Enumerable.Range(0, 7 * 11 * 4).Select(i => (byte)(i % 4 == 0 ? 200 : 50)).ToArray();
        var target = new float[3 * 4 * 3];

        ImageResampler.Resize(source, 7, 11, target, 3, 4);

        for (var i = 0; i < target.Length; i++)
        {
            Assert.AreEqual(i % 3 == 0 ? 200 : 50, target[i], 1e-3);
        }
    }

    private static float[] Resize((int Height, int Width, int NewHeight, int NewWidth) size)
    {
        var source = new byte[size.Height * size.Width * 4];
        new Random(size.Height).NextBytes(source);
        var target = new float[size.NewHeight * size.NewWidth * 3];
        ImageResampler.Resize(source, size.Height, size.Width, target, size.NewHeight, size.NewWidth);
        return target;
    }
}
