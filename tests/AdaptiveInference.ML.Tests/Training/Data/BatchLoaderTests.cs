using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests.Training.Data;

[TestClass]
public sealed class BatchLoaderTests
{
    private static readonly ImageShape Shape = new(1, SyntheticImages.Side, SyntheticImages.Side);
    private static readonly Augmenter Augmenter = new(Shape, ChannelStatistics.Identity(1), ImageAugmentation.None);

    private readonly MLContext _context = new(1);

    [TestInitialize]
    public void StartLibTorch() => LibTorchRuntime.Start();

    [TestMethod]
    [DataRow(10, 4, new[] { 3, 3, 4 })]
    [DataRow(9, 4, new[] { 3, 3, 3 })]
    [DataRow(8, 4, new[] { 4, 4 })]
    [DataRow(5, 2, new[] { 2, 3 })]
    [DataRow(3, 64, new[] { 3 })]
    public void Varied_AnyCount_SpreadsImagesEvenly(int images, int batchSize, int[] sizes)
    {
        using var data = Data(images);
        using var loader = new BatchLoader(data, [.. Enumerable.Range(0, images)], Augmenter, Shape, batchSize);
        CollectionAssert.AreEqual(sizes, loader.Varied(1, 1).Select(batch => batch.Count).ToArray());
    }

    [TestMethod]
    public void Varied_Epochs_ServeEveryImageOnceInAnotherOrder()
    {
        using var data = Data(20);
        using var loader = new BatchLoader(data, [.. Enumerable.Range(0, 20)], Augmenter, Shape, 6);
        var (first, again, second) = (Served(loader.Varied(1, 1)), Served(loader.Varied(1, 1)), Served(loader.Varied(1, 2)));
        var plain = Served(loader.Plain());
        CollectionAssert.AreEqual(first, again);
        CollectionAssert.AreNotEqual(first, second);
        CollectionAssert.AreEquivalent(plain, first);
        CollectionAssert.AreEquivalent(plain, second);
        CollectionAssert.AreEqual(Enumerable.Range(0, 20).Select(image => Key(data, image)).ToArray(), plain);
    }

    [TestMethod]
    public void Varied_LeftEarly_CanBeStartedAgain()
    {
        using var data = Data(20);
        using var loader = new BatchLoader(data, [.. Enumerable.Range(0, 20)], Augmenter, Shape, 6);
        var expected = Served(loader.Varied(1, 1));
        for (var i = 0; i < 50; i++)
        {
            Assert.AreEqual(5, loader.Varied(1, 2).First().Count);
        }

        CollectionAssert.AreEqual(expected, Served(loader.Varied(1, 1)));
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(7)]
    public void Varied_PhotosOnAnyNumberOfThreads_AreTheSame(int workers)
    {
        using var data = Data(40);
        using var one = Photos(data, 1);
        using var many = Photos(data, workers);
        var expected = Pixels(one.Varied(1, 1));

        for (var round = 0; round < 5; round++)
        {
            CollectionAssert.AreEqual(expected, Pixels(many.Varied(1, 1)));
        }
    }

    [TestMethod]
    public void Varied_PhotosOfAResumedRun_AreThoseOfAnUnbrokenOne()
    {
        using var data = Data(40);
        using var unbroken = Photos(data, null);
        var (first, second) = (Pixels(unbroken.Varied(1, 1)), Pixels(unbroken.Varied(1, 2)));

        using var resumed = Photos(data, null);
        CollectionAssert.AreEqual(second, Pixels(resumed.Varied(1, 2)));
        CollectionAssert.AreNotEqual(first, second);
        CollectionAssert.AreNotEqual(second, Pixels(resumed.Varied(2, 2)), "another seed");
    }

    private static BatchLoader Photos(TrainingData data, int? workers) => new(
        data, [.. Enumerable.Range(0, data.Count)], new Augmenter(Shape, ChannelStatistics.Identity(1), ImageAugmentation.PhotoFlip),
        Shape, 6, workers);

    private static float[] Pixels(IEnumerable<Batch> batches)
        => [.. batches.SelectMany(batch => batch.Pixels[..(batch.Count * Shape.Size)].ToArray())];

    // Class and sum of the pixels tell synthetic images apart.
    private static (long, double)[] Served(IEnumerable<Batch> batches) => [.. batches.SelectMany(batch => Enumerable.Range(0, batch.Count)
        .Select(i => (batch.Labels[i], Math.Round(Sum(batch.Pixels.Slice(i * Shape.Size, Shape.Size)), 1))).ToArray())];

    private static (long, double) Key(TrainingData data, int image)
    {
        var pixels = new float[Shape.Size];
        data.Pixels.Read(image, pixels);
        return (data.Labels[image], Math.Round(Sum(pixels), 1));
    }

    private static double Sum(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum;
    }

    private TrainingData Data(int count)
    {
        var view = SyntheticImages.View(_context, SyntheticImages.Rows(count));
        return TrainingData.Read(
            view, LabelColumn.OfTraining(view, "Label"), ImageColumn.Of(view.Schema, "Features", null),
            Path.GetTempPath(), () => { });
    }
}
