using ModelBuilderStyle.ImageData;
using SkiaSharp;

namespace AdaptiveInference.ML.Transforms.Tests.Samples;

[TestClass]
public sealed class EmojiFileTests
{
    private static readonly PhotoSet Emoji = EmojiFile.Read(Path.Combine(AppContext.BaseDirectory, "Emoji", EmojiFile.Name));

    [TestMethod]
    public void Read_EmbeddedFile_HasTwelveClassesOnBothSides()
    {
        string[] classes =
        [
            "animal", "building", "clothing", "face", "flag", "food", "hand", "office", "person", "plant", "sport", "vehicle",
        ];

        Assert.HasCount(1102, Emoji.Train);
        Assert.HasCount(480, Emoji.Test);
        foreach (var images in (IReadOnlyList<LabeledImage>[])[Emoji.Train, Emoji.Test])
        {
            CollectionAssert.AreEqual(classes, images.Select(image => image.Label).Distinct().Order(StringComparer.Ordinal).ToArray());
        }
    }

    [TestMethod]
    public void Read_EmbeddedFile_HasNoEmojiOnBothSides()
    {
        var train = Emoji.Train.Select(Name).ToHashSet();

        Assert.HasCount(1102 / 2, train);
        Assert.IsEmpty(Emoji.Test.Select(Name).Where(train.Contains));
    }

    [TestMethod]
    public void Read_EmbeddedFile_GroupsBothVendorsPictures()
        => Assert.IsTrue(Emoji.Train.Concat(Emoji.Test).GroupBy(image => image.Group).All(
            group => group.Select(image => image.Name[(image.Name.LastIndexOf('-') + 1)..]).Order().SequenceEqual(
                ["google.webp", "twitter.webp"])));

    [TestMethod]
    public void Read_EmbeddedFile_HoldsImagesOf64Pixels()
    {
        foreach (var image in Emoji.Train.Concat(Emoji.Test))
        {
            var info = SKBitmap.DecodeBounds(image.Encoded());
            Assert.AreEqual((64, 64), (info.Width, info.Height), image.Name);
        }
    }

    [TestMethod]
    public void Split_EmbeddedTrainingImages_KeepsVendorsTogetherAndHoldsOutAFifth()
    {
        var (learn, hold) = PhotoSet.Split(Emoji.Train, 1);

        Assert.IsEmpty(learn.Select(image => image.Group).Intersect(hold.Select(image => image.Group)));
        Assert.AreEqual(Emoji.Train.Count, learn.Count + hold.Count);
        Assert.AreEqual(0.2, hold.Count / (double)Emoji.Train.Count, 0.02);
    }

    // Of the emoji, without its class and vendor: the same drawing in another class would be a leak as well.
    private static string Name(LabeledImage image) => Path.GetFileName(image.Group);
}
