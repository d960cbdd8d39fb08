using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests;

[TestClass]
public sealed class ExitTrainingTests
{
    private static readonly ExitOptions Exits = new() { AfterBlocks = [1], SelfDistillationWeight = 0.5f };

    private readonly MLContext _context = new(1);

    public static IEnumerable<object[]> AllTrainers =>
    [
        [new ResNetTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, BatchSize = 16, Seed = 1, Exits = Exits }],
        [
            new SkipNetTrainer.Options
            {
                Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, ReinforcementEpochs = 1, BatchSize = 16, Seed = 1, Exits = Exits,

                // Where gates close what follows the exit, leaving there saves nothing.
                TargetComputeFraction = 0.95f,
            },
        ],
        [new ConvNetAigTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, BatchSize = 16, Seed = 1, Exits = Exits }],
    ];

    [TestMethod]
    [DynamicData(nameof(AllTrainers))]
    public void Fit_Exits_LetImagesLeaveEarlyWithTheRightAnswer(GatedResNetTrainerOptions options)
    {
        using var model = Trainers.Create(_context, options).Fit(SyntheticImages.View(_context, SyntheticImages.Rows(300)));
        var threshold = model.Model.Policy.ConfidenceOf(0);
        Assert.IsTrue(threshold is > 0.3f and < 1, $"threshold {threshold}");
        var test = SyntheticImages.View(_context, SyntheticImages.Rows(150, seed: 9));
        var metrics = _context.MulticlassClassification.EvaluateAdaptive(model.Transform(test));
        var stay = _context.MulticlassClassification.EvaluateAdaptive(model.WithExitConfidence(1).Transform(test));
        Assert.IsGreaterThan(0.8, metrics.Classification.MicroAccuracy);
        Assert.IsLessThan(stay.MeanComputeFraction, metrics.MeanComputeFraction);
    }

    [TestMethod]
    public void Fit_ExitsWithoutValidation_UseTheStatedThreshold()
    {
        var options = new ResNetTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, BatchSize = 16, Exits = Exits, ValidationFraction = 0,
        };
        using var model = Trainers.Create(_context, options).Fit(SyntheticImages.View(_context, SyntheticImages.Rows(40)));
        Assert.AreEqual(0.9f, model.Model.Policy.ConfidenceOf(0));
    }
}
