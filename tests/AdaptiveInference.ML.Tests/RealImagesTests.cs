using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Tests;

/// <summary>What trainers learn from a few hundred real images (Fashion-MNIST, ten classes).</summary>
[TestClass]
public sealed class RealImagesTests
{
    private const int Images = 600;

    private static readonly ResNetArchitecture Small = ResNetArchitecture.Cifar(8);

    private readonly MLContext _context = new(1);

    public static IEnumerable<object[]> GatedTrainers =>
    [
        [
            new SkipNetTrainer.Options
            {
                Architecture = Small, Epochs = 8, ReinforcementEpochs = 1, BatchSize = 16, Augmentation = ImageAugmentation.Flip,
                LearningRate = 0.05f, TargetComputeFraction = 0.7f,
            },
        ],
        [
            new ConvNetAigTrainer.Options
            {
                Architecture = Small, Epochs = 8, BatchSize = 16, Augmentation = ImageAugmentation.Flip, LearningRate = 0.05f,
                TargetRate = 0.7f,
            },
        ],
    ];

    public static IEnumerable<object[]> AllTrainers =>
    [
        .. GatedTrainers,
        [
            new ResNetTrainer.Options
            {
                Architecture = Small, Epochs = 8, BatchSize = 16, Augmentation = ImageAugmentation.Flip, LearningRate = 0.05f,
            },
        ],
    ];

    [TestMethod]
    [DynamicData(nameof(AllTrainers))]
    public void CrossValidate_ThreeFolds_LearnsFarAboveChance(GatedResNetTrainerOptions options)
    {
        var folds = _context.MulticlassClassification.CrossValidate(
            FashionImages.View(_context, Images), Trainers.Create(_context, options).Append(
                _context.Transforms.Conversion.MapKeyToValue("Answer", "PredictedLabel")), 3);
        Assert.HasCount(3, folds);
        foreach (var fold in folds)
        {
            Assert.IsGreaterThan(0.5, fold.Metrics.MicroAccuracy, $"fold {fold.Fold}; chance is 0.1");
            Assert.IsNotNull(fold.ScoredHoldOutSet.Schema.GetColumnOrNull("Answer"));
        }
    }

    [TestMethod]
    [DynamicData(nameof(GatedTrainers))]
    public void Fit_GatedNetwork_GatesDifferBetweenImages(GatedResNetTrainerOptions options)
    {
        var data = FashionImages.View(_context, Images);
        using var model = Trainers.Create(_context, options).Fit(data);
        var scored = model.Transform(data);
        var paths = scored.GetColumn<float[]>("ExecutionPath").Select(path => string.Concat(path)).ToList();
        var most = paths.GroupBy(path => path).Max(group => group.Count());
        Assert.IsLessThan(0.98, most / (double)Images, string.Join(", ", paths.GroupBy(path => path).Select(g => $"{g.Key}: {g.Count()}")));
        Assert.IsLessThan(0.98f, scored.GetColumn<float>("ComputeFraction").Average());
    }
}
