using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests.Training;

[TestClass]
public sealed class SkipNetRegimeTests
{
    [TestMethod]
    public void Stages_AsPublished_LeaveOutWhatThePaperDoesNotHave()
    {
        var reinforcement = new SkipNetTrainer.Options { AsPublished = true }.AllStages()[1];
        var better = new SkipNetTrainer.Options().AllStages()[1];

        Assert.IsFalse(reinforcement.FreezeBatchNorm);
        Assert.IsFalse(reinforcement.ComparesWithMostLikelyPath);
        Assert.IsTrue(better.FreezeBatchNorm);
        Assert.IsTrue(better.ComparesWithMostLikelyPath);
        Assert.IsTrue(reinforcement.DecaysAll);
        Assert.IsEmpty(reinforcement.RateDropsAt!);
        Assert.IsNull(better.RateDropsAt);
        Assert.IsNull(new SkipNetTrainer.Options { AsPublished = true }.AllStages()[0].PrepareFreshGates);
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
