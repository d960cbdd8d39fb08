using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests;

/// <summary>Classes of which one is the other in a mirror: a bright bar on the left, or on the right.</summary>
[TestClass]
public sealed class MirroredClassesTests
{
    private const int Side = SyntheticImages.Side;

    private readonly MLContext _context = new(1);

    public static IEnumerable<object[]> Trained =>
    [
        [new ResNetTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, BatchSize = 16 }],
        [new SkipNetTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, BatchSize = 16 }],
        [new ConvNetAigTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, BatchSize = 16 }],
    ];

    [TestMethod]
    [DynamicData(nameof(Trained))]
    public void Fit_DefaultAugmentation_TellsLeftFromRight(GatedResNetTrainerOptions options)
        => Assert.IsGreaterThan(0.97, AccuracyOf(options));

    // What the default must not do: half of the training images carry the other class's label.
    [TestMethod]
    public void Fit_Flip_CannotTellLeftFromRight()
        => Assert.IsLessThan(0.8, AccuracyOf((ResNetTrainer.Options)Trained.First()[0] with { Augmentation = ImageAugmentation.Flip }));

    [TestMethod]
    public void Fit_Photo_TellsLeftFromRightUnlessItMayMirror()
    {
        var options = (ResNetTrainer.Options)Trained.First()[0] with { Epochs = 10, Seed = 1 };

        Assert.IsGreaterThan(0.9, AccuracyOf(options with { Augmentation = ImageAugmentation.Photo }));
        Assert.IsLessThan(0.8, AccuracyOf(options with { Augmentation = ImageAugmentation.PhotoFlip }));
    }

    private double AccuracyOf(GatedResNetTrainerOptions options)
    {
        using var model = Trainers.Create(_context, options).Fit(SyntheticImages.View(_context, Rows(200, 1)));
        return _context.MulticlassClassification.Evaluate(model.Transform(SyntheticImages.View(_context, Rows(200, 2)))).MicroAccuracy;
    }

    private static SyntheticImages.Row[] Rows(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => Draw(i % 2 == 0, random))];
    }

    private static SyntheticImages.Row Draw(bool left, Random random)
    {
        var pixels = new float[Side * Side];
        var x = random.Next(4);
        var bar = left ? x : Side - 1 - x;
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = random.Next(60) + (i % Side == bar ? 180 : 0);
        }

        return new SyntheticImages.Row { Label = left ? "left" : "right", Features = pixels };
    }
}
