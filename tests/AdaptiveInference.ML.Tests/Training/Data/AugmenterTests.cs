using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Tests.Training.Data;

[TestClass]
public sealed class AugmenterTests
{
    private static readonly ImageShape Shape = new(2, 8, 8);
    private static readonly ChannelStatistics Statistics = new([10, 20], [2, 4]);
    private static readonly float[] Image = [.. Enumerable.Range(0, Shape.Size).Select(i => (float)i)];

    [TestMethod]
    public void Plain_TwoChannels_NormalisesAndInterleaves()
    {
        var result = new float[Shape.Size];
        new Augmenter(Shape, Statistics, ImageAugmentation.PadCropFlip).Plain(Image, result);
        for (var pixel = 0; pixel < 64; pixel++)
        {
            Assert.AreEqual((pixel - 10) / 2f, result[2 * pixel]);
            Assert.AreEqual((64 + pixel - 20) / 4f, result[(2 * pixel) + 1]);
        }
    }

    [TestMethod]
    public void Write_MeanImage_StaysInPlaceUnderMirroredPixels()
    {
        var mean = new MeanImage(new ImageShape(2, 8, 8), [.. Enumerable.Range(0, 128).Select(i => i * i / 100f)]);
        var augmenter = new Augmenter(Shape, new ChannelStatistics([10, 20], [2, 4], mean), ImageAugmentation.Flip);
        var (plain, mirrored) = (new float[Shape.Size], new float[Shape.Size]);
        for (var i = 0; i < 128; i++)
        {
            var (channel, y, x) = (i / 64, i / 8 % 8, i % 8);
            plain[(i % 64 * 2) + channel] = (Image[i] - mean.Values[i]) / (channel == 0 ? 2 : 4);
            mirrored[(i % 64 * 2) + channel] = (Image[(channel * 64) + (y * 8) + 7 - x] - mean.Values[i]) / (channel == 0 ? 2 : 4);
        }

        var result = new float[Shape.Size];
        augmenter.Plain(Image, result);
        CollectionAssert.AreEqual(plain, result);
        var varied = Enumerable.Range(0, 30).Select(image => Vary(augmenter, image)).ToList();
        Assert.IsTrue(varied.All(image => image.SequenceEqual(plain) || image.SequenceEqual(mirrored)));
        Assert.IsTrue(varied.Exists(image => image.SequenceEqual(mirrored)));
    }

    [TestMethod]
    public void Vary_None_IsPlain()
    {
        var augmenter = new Augmenter(Shape, Statistics, ImageAugmentation.None);
        CollectionAssert.AreEqual(Plain(), Vary(augmenter, 3));
    }

    [TestMethod]
    public void Vary_Flip_IsPlainOrMirroredAboutHalfTheTime()
    {
        var augmenter = new Augmenter(Shape, Statistics, ImageAugmentation.Flip);
        var plain = Plain();
        var mirrored = Moved(plain, 0, 0, flip: true);
        var flips = 0;
        for (var image = 0; image < 200; image++)
        {
            var varied = Vary(augmenter, image);
            var isPlain = varied.SequenceEqual(plain);
            Assert.IsTrue(isPlain || varied.SequenceEqual(mirrored));
            flips += isPlain ? 0 : 1;
        }

        Assert.IsTrue(flips is > 70 and < 130, $"{flips} of 200");
    }

    [TestMethod]
    public void Vary_PadCrop_MeetsEveryShiftByOnePixelAndNoMirror()
    {
        var augmenter = new Augmenter(Shape, Statistics, ImageAugmentation.PadCrop);
        var expected = (from dy in (int[])[-1, 0, 1] from dx in (int[])[-1, 0, 1] select Moved(Plain(), dy, dx, flip: false)).ToList();
        var met = new HashSet<int>();
        for (var image = 0; image < 250; image++)
        {
            var index = expected.FindIndex(Vary(augmenter, image).SequenceEqual);
            Assert.AreNotEqual(-1, index, "not shifted by at most one pixel");
            met.Add(index);
        }

        Assert.HasCount(9, met);
    }

    [TestMethod]
    public void Vary_PadCropFlip_MeetsEveryShiftByOnePixelAndFillsWithTheMean()
    {
        var augmenter = new Augmenter(Shape, Statistics, ImageAugmentation.PadCropFlip);
        var expected = (from dy in (int[])[-1, 0, 1]
                        from dx in (int[])[-1, 0, 1]
                        from flip in (bool[])[false, true]
                        select Moved(Plain(), dy, dx, flip)).ToList();
        var met = new HashSet<int>();
        for (var image = 0; image < 500; image++)
        {
            var varied = Vary(augmenter, image);
            var index = expected.FindIndex(varied.SequenceEqual);
            Assert.AreNotEqual(-1, index, "neither shifted by at most one pixel nor mirrored");
            met.Add(index);
        }

        Assert.HasCount(18, met);
    }

    [TestMethod]
    public void Vary_Photo_IsNeverMirrored()
    {
        for (var image = 0; image < 200; image++)
        {
            Assert.IsTrue(RisesToTheRight(Vary(Of(ImageAugmentation.Photo), image)), $"image {image}");
        }
    }

    [TestMethod]
    public void Vary_PhotoFlip_IsPhotoMirroredAboutHalfTheTime()
    {
        var flips = 0;
        for (var image = 0; image < 200; image++)
        {
            var (kept, varied) = (Vary(Of(ImageAugmentation.Photo), image), Vary(Of(ImageAugmentation.PhotoFlip), image));
            var isMirrored = !RisesToTheRight(varied);
            CollectionAssert.AreEqual(isMirrored ? Moved(kept, 0, 0, flip: true) : kept, varied);
            flips += isMirrored ? 1 : 0;
        }

        Assert.IsTrue(flips is > 70 and < 130, $"{flips} of 200");
    }

    [TestMethod]
    public void Vary_Photo_DiffersFromEpochToEpochAndIsNormalised()
    {
        // One gray everywhere: a part of it is the same, and brightness and contrast make b · 100 of it.
        var image = Enumerable.Repeat(100f, Shape.Size).ToArray();
        var (first, second) = (new float[Shape.Size], new float[Shape.Size]);
        Of(ImageAugmentation.Photo).Vary(image, first, RandomStream.Of(1, RandomStream.Purpose.Augmentation, 1, 5));
        Of(ImageAugmentation.Photo).Vary(image, second, RandomStream.Of(1, RandomStream.Purpose.Augmentation, 2, 5));

        Assert.AreNotEqual(first[0], second[0]);
        foreach (var varied in (float[][])[first, second])
        {
            var gray = (varied[0] * 2) + 10;
            Assert.IsTrue(gray is >= 80 and <= 120, $"{gray}");
            for (var pixel = 0; pixel < 64; pixel++)
            {
                Assert.AreEqual(gray, (varied[2 * pixel] * 2) + 10, 1e-3);
                Assert.AreEqual(gray, (varied[(2 * pixel) + 1] * 4) + 20, 1e-3);
            }
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Vary_PhotoOfWhite_IsCutOffOnlyWhereTheScaleIsKnown(bool holdsBytes)
    {
        var augmenter = new Augmenter(Shape, ChannelStatistics.Identity(2), ImageAugmentation.Photo) { HoldsBytes = holdsBytes };
        var (image, varied, brightest) = (Enumerable.Repeat(255f, Shape.Size).ToArray(), new float[Shape.Size], 0f);
        for (var i = 0; i < 50; i++)
        {
            augmenter.Vary(image, varied, RandomStream.Of(1, RandomStream.Purpose.Augmentation, 1, i));
            brightest = Math.Max(brightest, varied.Max());
        }

        Assert.IsTrue(holdsBytes ? brightest == 255 : brightest > 280, $"{brightest}");
    }

    private static Augmenter Of(ImageAugmentation augmentation) => new(Shape, Statistics, augmentation);

    private static bool RisesToTheRight(float[] interleaved)
        => Enumerable.Range(0, 8).All(y => Enumerable.Range(1, 7).All(
            x => interleaved[((y * 8) + x) * 2] > interleaved[((y * 8) + x - 1) * 2]));

    private static float[] Plain()
    {
        var result = new float[Shape.Size];
        new Augmenter(Shape, Statistics, ImageAugmentation.None).Plain(Image, result);
        return result;
    }

    private static float[] Vary(Augmenter augmenter, int image)
    {
        var result = new float[Shape.Size];
        augmenter.Vary(Image, result, RandomStream.Of(1, RandomStream.Purpose.Augmentation, 1, image));
        return result;
    }

    private static float[] Moved(float[] plain, int dy, int dx, bool flip)
    {
        var result = new float[plain.Length];
        for (var y = 0; y < 8; y++)
        {
            for (var x = 0; x < 8; x++)
            {
                var (fromY, fromX) = (y + dy, (flip ? 7 - x : x) + dx);
                if (fromY is >= 0 and < 8 && fromX is >= 0 and < 8)
                {
                    plain.AsSpan(((fromY * 8) + fromX) * 2, 2).CopyTo(result.AsSpan(((y * 8) + x) * 2));
                }
            }
        }

        return result;
    }
}
