using AdaptiveInference.ML.Reports.Data;
using AdaptiveInference.ML.Reports.Drawing;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Tests.Reports;

[TestClass]
public sealed class ReportPartsTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void PngFile_AnyPixels_AreReadBackByAnImageLibrary(int channels)
    {
        const int Height = 7, Width = 13;
        var pixels = new byte[channels * Height * Width];
        new Random(1).NextBytes(pixels);

        using var image = MLImage.CreateFromStream(new MemoryStream(PngFile.Encode(pixels, channels, Height, Width)));

        Assert.AreEqual((Height, Width), (image.Height, image.Width));
        var red = image.PixelFormat == MLPixelFormat.Bgra32 ? 2 : 0;
        for (var pixel = 0; pixel < Height * Width; pixel++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                var place = channel == 1 ? 1 : channel == 0 ? red : 2 - red;
                Assert.AreEqual(pixels[(pixel * channels) + (channels == 1 ? 0 : channel)], image.Pixels[(pixel * 4) + place]);
            }
        }
    }

    [TestMethod]
    public void Thumbnail_LargePhoto_KeepsItsProportions()
    {
        using var photo = MLImage.CreateFromPixels(400, 200, MLPixelFormat.Rgba32, new byte[4 * 400 * 200]);

        var thumbnail = Thumbnail.OfImage(photo);

        Assert.AreEqual((96, 48), (thumbnail.Width, thumbnail.Height));
    }

    [TestMethod]
    public void Thumbnail_NormalisedPixels_AreStretchedToWhatCanBeSeen()
    {
        var thumbnail = Thumbnail.OfPixels([-2f, 0f, 2f, 1f], new ImageShape(1, 2, 2))!;

        using var image = MLImage.CreateFromStream(new MemoryStream(thumbnail.Png));
        CollectionAssert.AreEqual(
            new byte[] { 0, 128, 255, 191 }, Enumerable.Range(0, 4).Select(pixel => image.Pixels[pixel * 4]).ToArray());
    }

    [TestMethod]
    public void Thumbnail_ChannelsThatAreNoColours_IsNone()
        => Assert.IsNull(Thumbnail.OfPixels(new float[2 * 4], new ImageShape(2, 2, 2)));

    [TestMethod]
    public void ExampleBoard_AnyOrder_KeepsTheSameFew()
    {
        var random = new Random(3);
        var images = Enumerable.Range(0, 200)
            .Select(i => new Example(i, 0, i % 4 == 0 ? 1 : 0, random.NextSingle(), random.Next(5) / 4f, [], null)).ToArray();
        var forwards = Offer(images);
        random.Shuffle(images);
        var shuffled = Offer(images);

        CollectionAssert.AreEqual(forwards.Easiest.ToArray(), shuffled.Easiest.ToArray());
        CollectionAssert.AreEqual(forwards.Hardest.ToArray(), shuffled.Hardest.ToArray());
        CollectionAssert.AreEqual(
            images.Where(i => i.IsRight).OrderBy(i => i.Fraction).ThenByDescending(i => i.TrueProbability).Take(3).ToArray(),
            forwards.Easiest.ToArray());
        CollectionAssert.AreEqual(
            images.OrderByDescending(i => i.Fraction).ThenBy(i => i.TrueProbability).Take(3).ToArray(), forwards.Hardest.ToArray());

        static ExampleBoard Offer(Example[] images)
        {
            var board = new ExampleBoard(3);
            foreach (var image in images)
            {
                board.Offer(image.Row, image.IsRight, image.TrueProbability, image.Fraction, () => image);
            }

            return board;
        }
    }

    [TestMethod]
    public void ExampleBoard_FewImages_AreNotShownTwice()
    {
        var board = new ExampleBoard(3);
        board.Offer(0, true, 0.9f, 0.5f, () => new Example(0, 0, 0, 0.9f, 0.5f, [], null));

        Assert.HasCount(1, board.Easiest);
        Assert.IsEmpty(board.Hardest);
    }

    [TestMethod]
    public void CostHistogram_AnyCosts_BarsHoldEveryImageAndQuantilesLieWhereTheyMust()
    {
        var costs = new CostHistogram();
        for (var i = 0; i < 1000; i++)
        {
            costs.Add(0.1f + (i * 0.001f));
        }

        var bars = costs.Bars(24);
        Assert.IsLessThanOrEqualTo(24, bars.Count);
        Assert.AreEqual(1000, bars.Sum(bar => bar.Count));
        Assert.AreEqual(0.6, costs.Quantile(0.5), 0.005);
        Assert.AreEqual(1.0, costs.Quantile(0.9), 0.005);
    }

    [TestMethod]
    public void TrainingHistory_Reports_KeepsEpochEndsAndPassesAllOn()
    {
        var passedOn = new List<TrainingProgress>();
        var history = new TrainingHistory(new ProgressCallback(passedOn.Add));
        var report = new ReportFixture().Training[0];

        history.Report(report with { IsEpochEnd = false });
        history.Report(report);

        CollectionAssert.AreEqual(new[] { report }, history.Epochs.ToArray());
        Assert.HasCount(2, passedOn);
    }
}
