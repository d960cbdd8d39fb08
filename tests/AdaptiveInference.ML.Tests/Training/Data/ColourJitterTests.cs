using AdaptiveInference.ML.Training.Data;

namespace AdaptiveInference.ML.Tests.Training.Data;

[TestClass]
public sealed class ColourJitterTests
{
    // (100, 50, 200) has a luma of 29.9 + 29.35 + 22.8 = 82.05 and (20, 40, 60) one of 36.3; their mean is 59.175.
    private static readonly float[] TwoPixels = [100, 20, 50, 40, 200, 60];

    [TestMethod]
    [DataRow(2f, 1f, 1f, new[] { 200f, 40, 100, 80, 400, 120 })]
    [DataRow(1f, 0.5f, 1f, new[] { 79.5875f, 39.5875f, 54.5875f, 49.5875f, 129.5875f, 59.5875f })]
    [DataRow(1f, 1f, 0f, new[] { 82.05f, 36.3f, 82.05f, 36.3f, 82.05f, 36.3f })]
    [DataRow(1f, 1f, 0.5f, new[] { 91.025f, 28.15f, 66.025f, 38.15f, 141.025f, 48.15f })]
    [DataRow(1.1f, 0.9f, 1.2f, new[] { 109.06335f, 23.08185f, 49.66335f, 46.84185f, 227.86335f, 70.60185f })]
    [DataRow(1f, 1f, 1f, new[] { 100f, 20, 50, 40, 200, 60 })]
    public void Apply_ThreeChannels_IsAsByHand(float brightness, float contrast, float saturation, float[] expected)
    {
        var pixels = (float[])TwoPixels.Clone();

        new ColourJitter(brightness, contrast, saturation).Apply(pixels, 3, areBytes: false);

        for (var i = 0; i < pixels.Length; i++)
        {
            Assert.AreEqual(expected[i], pixels[i], 1e-3, $"value {i}");
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void Apply_OtherChannels_HaveNoSaturation(int channels)
    {
        // The mean is 25; 1.2 · 0.5 · x + 1.2 · 0.5 · 25.
        float[] pixels = [10, 20, 30, 40];

        new ColourJitter(1.2f, 0.5f, 0).Apply(pixels, channels, areBytes: true);

        float[] expected = [21, 27, 33, 39];
        for (var i = 0; i < 4; i++)
        {
            Assert.AreEqual(expected[i], pixels[i], 1e-4);
        }
    }

    [TestMethod]
    public void Apply_Bytes_AreCutOff()
    {
        float[] pixels = [200, 10, 0, 10];

        // The mean is 55: contrast 2 takes 55 off the doubled pixels.
        new ColourJitter(1, 2, 1).Apply(pixels, 1, areBytes: true);

        CollectionAssert.AreEqual((float[])[255, 0, 0, 0], pixels);
    }

    [TestMethod]
    public void Draw_ManyTimes_MeetsTheRangesIndependently()
    {
        var drawn = Enumerable.Range(0, 2000).Select(image =>
        {
            var random = RandomStream.Of(1, RandomStream.Purpose.Augmentation, 1, image);
            return ColourJitter.Draw(ref random);
        }).ToArray();

        Func<ColourJitter, float>[] factors = [jitter => jitter.Brightness, jitter => jitter.Contrast, jitter => jitter.Saturation];
        foreach (var factor in factors)
        {
            Assert.IsTrue(drawn.Min(factor) is >= 0.8f and < 0.802f && drawn.Max(factor) is <= 1.2f and > 1.198f);
            Assert.AreEqual(1, drawn.Average(factor), 0.01);
        }

        Assert.AreEqual(0, drawn.Average(jitter => (jitter.Brightness - 1) * (jitter.Contrast - 1)), 1e-3);
        Assert.AreEqual(0, drawn.Average(jitter => (jitter.Saturation - 1) * (jitter.Contrast - 1)), 1e-3);
    }
}
