using AdaptiveInference.ML.Transforms.Images;
using ModelBuilderStyle.ImageData;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Tests.Samples;

[TestClass]
public sealed class BitmapFileTests
{
    [TestMethod]
    [DataRow(1, 28, 28)]
    [DataRow(1, 3, 5)]
    [DataRow(3, 32, 32)]
    [DataRow(3, 5, 3)]
    [DataRow(3, 1, 1)]
    public void Encode_AnyPixels_DecodeToTheSamePixels(int channels, int height, int width)
    {
        var pixels = new byte[channels * height * width];
        new Random(1).NextBytes(pixels);

        var file = BitmapFile.Encode(pixels, channels, height, width);

        var decoded = new float[pixels.Length];
        Assert.IsNull(EncodedImage.Read(file, ResizingKind.Fill, new ImageShape(channels, height, width), decoded));
        CollectionAssert.AreEqual(pixels.Select(pixel => (float)pixel).ToArray(), decoded);
    }

    [TestMethod]
    public void Encode_FourChannels_Throws()
        => Assert.ThrowsExactly<ArgumentException>(() => BitmapFile.Encode(new byte[4], 4, 1, 1));
}
