using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class ConvNetAigRecipeTests
{
    [TestMethod]
    public void Stages_AsPublished_LeaveOutWhatThePaperDoesNotHave()
    {
        var published = ConvNetAigRecipe.Of(new ConvNetAigTrainer.Options { AsPublished = true }).Stages.Single();
        var better = ConvNetAigRecipe.Of(new ConvNetAigTrainer.Options()).Stages.Single();

        Assert.IsTrue(published.DecaysAll);
        Assert.HasCount(2, published.RateDropsAt!);
        Assert.AreEqual(0f, published.WarmUp);
        Assert.IsFalse(better.DecaysAll);
        Assert.IsNull(better.RateDropsAt);
    }

    [TestMethod]
    public void WholeTarget_Options_SayWhatIsAimedFor()
    {
        var options = new ConvNetAigTrainer.Options { TargetRate = 0.6f };

        Assert.AreEqual(0.6f, options.WholeTarget);
        Assert.AreEqual(0.4f, (options with { TargetComputeFraction = 0.4f }).WholeTarget);
        Assert.IsNull((options with { AsPublished = true }).WholeTarget);
        Assert.IsNull((options with { TargetRates = [0.5f, 0.6f, 0.7f] }).WholeTarget);
    }

    [TestMethod]
    public void Create_WholeTargetAndRates_Throws()
    {
        var options = new ConvNetAigTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), TargetComputeFraction = 0.5f, TargetRates = [0.5f, 0.6f, 0.7f],
        };

        var error = Assert.ThrowsExactly<ArgumentException>(() => Trainers.Create(new MLContext(1), options));

        Assert.AreEqual(
            "ConvNetAigTrainer.Options: TargetComputeFraction is for the whole network, TargetRates for each block. Leave one of the two out.",
            error.Message);
    }

    [TestMethod]
    public void Fit_AsPublished_Learns()
    {
        var context = new MLContext(1);
        var options = new ConvNetAigTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, BatchSize = 16, Seed = 1, AsPublished = true, TargetRate = 0.8f,
        };

        using var model = Trainers.Create(context, options).Fit(SyntheticImages.View(context, SyntheticImages.Rows(300)));

        var test = SyntheticImages.View(context, SyntheticImages.Rows(150, seed: 9));
        Assert.IsGreaterThan(0.8, context.MulticlassClassification.EvaluateAdaptive(model.Transform(test)).Classification.MicroAccuracy);
    }
}
