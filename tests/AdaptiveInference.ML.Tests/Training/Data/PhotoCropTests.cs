using AdaptiveInference.ML.Training.Data;

namespace AdaptiveInference.ML.Tests.Training.Data;

[TestClass]
public sealed class PhotoCropTests
{
    [TestMethod]
    [DataRow(224, 224)]
    [DataRow(96, 128)]
    public void Draw_ManyTimes_MeetsEveryAreaProportionAndPlace(int height, int width)
    {
        var crops = Enumerable.Range(0, 4000).Select(image => Draw(image, height, width)).ToArray();
        var areas = crops.Select(crop => crop.Height * crop.Width / (double)(height * width)).ToArray();
        var aspects = crops.Where(crop => crop.Width < width || crop.Height < height)
            .Select(crop => crop.Width / (double)crop.Height).ToArray();

        Assert.IsTrue(Array.TrueForAll(crops, crop => crop.Top >= 0 && crop.Left >= 0
            && crop.Top + crop.Height <= height && crop.Left + crop.Width <= width));

        // Whole pixels: two parts in a hundred of the smaller image's sides.
        Assert.IsTrue(areas.Min() is > 0.49 and < 0.51 && areas.Max() > 0.98, $"{areas.Min()} to {areas.Max()}");
        Assert.IsTrue(aspects.Min() is > 0.735 and < 0.77 && aspects.Max() is > 1.3 and < 1.36, $"{aspects.Min()} to {aspects.Max()}");
        Assert.IsTrue(crops.Any(crop => crop.Left == 0) && crops.Any(crop => crop.Left > 0 && crop.Left + crop.Width == width));
        Assert.IsTrue(crops.Any(crop => crop.Top == 0) && crops.Any(crop => crop.Top > 0 && crop.Top + crop.Height == height));
    }

    [TestMethod]
    public void Draw_OneImageOrAnother_HasItsOwnPart()
    {
        Assert.AreEqual(Draw(1, 224, 224), Draw(1, 224, 224));
        Assert.AreNotEqual(Draw(1, 224, 224), Draw(2, 224, 224));
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(1, 100)]
    [DataRow(100, 1)]
    public void Draw_ImageInWhichNoPartFits_IsWhole(int height, int width)
    {
        for (var image = 0; image < 50; image++)
        {
            Assert.AreEqual(new PhotoCrop(0, 0, height, width), Draw(image, height, width));
        }
    }

    private static PhotoCrop Draw(int image, int height, int width)
    {
        var random = RandomStream.Of(1, RandomStream.Purpose.Augmentation, 1, image);
        return PhotoCrop.Draw(ref random, height, width);
    }
}
