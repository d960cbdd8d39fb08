using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class ResNetRecipeTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void Expected_DropRate_ScalesTheLastBatchNormOfEveryBranchAndNothingElse()
    {
        var options = new ResNetTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, BatchSize = 16 };
        using var model = Trainers.Create(_context, options).Fit(SyntheticImages.View(_context, SyntheticImages.Rows(30)));
        var (plan, trained) = (model.Model.Blocks, model.Model.Weights);
        var expected = ResNetRecipe.Expected(plan, trained, 0.25f);
        foreach (var tensor in trained.Layout)
        {
            var scaled = plan.Blocks.Any(block => tensor.Name == block.Prefix + "bn2.weight" || tensor.Name == block.Prefix + "bn2.bias");
            CollectionAssert.AreEqual(
                trained[tensor.Name].ToArray().Select(value => scaled ? value * 0.75f : value).ToArray(),
                expected[tensor.Name].ToArray(),
                tensor.Name);
        }
    }

    [TestMethod]
    public void Fit_BlocksDroppedAtRandom_LearnsAndScoresAllBlocks()
    {
        var options = new ResNetTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(14), Epochs = 6, BatchSize = 16, Seed = 1, BlockDropRate = 0.3f,
            Augmentation = ImageAugmentation.None,
        };
        using var model = Trainers.Create(_context, options).Fit(SyntheticImages.View(_context, SyntheticImages.Rows(300)));
        var metrics = _context.MulticlassClassification.EvaluateAdaptive(
            model.Transform(SyntheticImages.View(_context, SyntheticImages.Rows(150, seed: 9))));
        Assert.IsGreaterThan(0.8, metrics.Classification.MicroAccuracy);
        Assert.AreEqual(1, metrics.MeanComputeFraction, 1e-6);
    }
}
