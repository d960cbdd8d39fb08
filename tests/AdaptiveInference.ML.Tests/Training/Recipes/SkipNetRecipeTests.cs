using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class SkipNetRecipeTests
{
    [TestMethod]
    public void Stages_AsPublished_LeaveOutWhatThePaperDoesNotHave()
    {
        var reinforcement = SkipNetRecipe.Of(new SkipNetTrainer.Options { AsPublished = true }).Stages[1];
        var better = SkipNetRecipe.Of(new SkipNetTrainer.Options()).Stages[1];

        Assert.IsFalse(reinforcement.FreezeBatchNorm);
        Assert.IsFalse(reinforcement.ComparesWithMostLikelyPath);
        Assert.IsTrue(better.FreezeBatchNorm);
        Assert.IsTrue(better.ComparesWithMostLikelyPath);
        Assert.IsTrue(reinforcement.DecaysAll);
        Assert.IsEmpty(reinforcement.RateDropsAt!);
        Assert.IsNull(better.RateDropsAt);
        Assert.IsNull(SkipNetRecipe.Of(new SkipNetTrainer.Options { AsPublished = true }).Stages[0].PrepareFreshGates);
    }

    [TestMethod]
    public void Fit_AsPublished_Learns()
    {
        var context = new MLContext(1);
        var options = new SkipNetTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, ReinforcementEpochs = 1, BatchSize = 16, Seed = 1, AsPublished = true,
        };

        using var model = Trainers.Create(context, options).Fit(SyntheticImages.View(context, SyntheticImages.Rows(300)));

        var test = SyntheticImages.View(context, SyntheticImages.Rows(150, seed: 9));
        Assert.IsGreaterThan(0.8, context.MulticlassClassification.EvaluateAdaptive(model.Transform(test)).Classification.MicroAccuracy);
    }
}
