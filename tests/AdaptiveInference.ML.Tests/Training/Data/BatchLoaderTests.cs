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
            view, LabelColumn.OfTraining(view.Schema, "Label"), ImageColumn.Of(view.Schema, "Features", null),
            Path.GetTempPath(), () => { });
    }
}
