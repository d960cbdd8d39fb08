using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Tests;

[TestClass]
public sealed class ExitRetrofitTests
{
    private static readonly ExitOptions Exits = new() { AfterBlocks = [1], FreezeNetwork = true };

    private readonly MLContext _context = new(1);

    public static IEnumerable<object[]> AllTrainers =>
    [
        [new ResNetTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, BatchSize = 16, Seed = 1 }],
        [
            new SkipNetTrainer.Options
            {
                Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, ReinforcementEpochs = 1, BatchSize = 16, Seed = 1,
                TargetComputeFraction = 0.95f,
            },
        ],
        [
            new ConvNetAigTrainer.Options
            {
                Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, BatchSize = 16, Seed = 1, TargetRate = 0.9f,
            },
        ],
    ];

    [TestMethod]
    [DynamicData(nameof(AllTrainers))]
    public void Fit_FrozenNetwork_AddsExitsAndChangesNothingElse(GatedResNetTrainerOptions options)
    {
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(300));
        var test = SyntheticImages.View(_context, SyntheticImages.Rows(150, seed: 9));
        using var network = Trainers.Create(_context, options).Fit(data);

        using var model = Trainers.Create(_context, options with { InitialModel = network, Exits = Exits, Epochs = 4 }).Fit(data);

        foreach (var tensor in network.Model.Weights.Layout)
        {
            Assert.IsTrue(network.Model.Weights[tensor.Name].SequenceEqual(model.Model.Weights[tensor.Name]), tensor.Name);
        }

        Assert.HasCount(1, model.Model.Policy.ExitConfidence);
        var atExit = _context.MulticlassClassification.EvaluateAdaptive(model.WithExitConfidence(0).Transform(test));
        Assert.IsGreaterThan(0.8, atExit.Classification.MicroAccuracy);
        Assert.IsLessThan(0.8, atExit.MeanComputeFraction);
    }

    [TestMethod]
    public void Fit_FrozenNetworkOfAnotherHead_Throws()
    {
        var options = new ResNetTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, BatchSize = 16 };
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(40));
        using var network = Trainers.Create(_context, options).Fit(data);

        var error = Assert.ThrowsExactly<ArgumentException>(
            () => Trainers.Create(_context, options with { InitialModel = network, Exits = Exits, Head = HeadKind.Grid }).Fit(data));

        Assert.AreEqual(
            "InitialModel must be the whole network, because Exits.FreezeNetwork trains none of it: 'head.bn1.weight' of a ResNet with "
            + "these options is missing in it. Use the trainer, gates, head and classes of the model.",
            error.Message);
    }

    [TestMethod]
    public void Fit_FrozenNetworkWithClassesInAnotherOrder_MovesTheRowsOfEveryHead()
    {
        var options = new ResNetTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), Epochs = 2, BatchSize = 16, Seed = 1 };
        var rows = SyntheticImages.Rows(60);
        using var network = Trainers.Create(_context, options).Fit(SyntheticImages.View(_context, rows));

        using var model = Trainers.Create(_context, options with { InitialModel = network, Exits = Exits, Epochs = 1 })
            .Fit(SyntheticImages.View(_context, rows.Skip(1)));

        var test = _context.Data.LoadFromEnumerable(SyntheticImages.Rows(30, seed: 9));
        CollectionAssert.AreNotEqual(network.ClassNames.ToArray(), model.ClassNames.ToArray());
        CollectionAssert.AreEqual(Answers(network, test), Answers(model.WithExitConfidence(1), test));
    }

    [TestMethod]
    public void Fit_FrozenNetworkOfOtherClasses_Throws()
    {
        var options = new ResNetTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, BatchSize = 16, Seed = 1 };
        using var network = Trainers.Create(_context, options)
            .Fit(SyntheticImages.View(_context, SyntheticImages.Rows(30).Where(row => row.Label != "down")));

        var error = Assert.ThrowsExactly<ArgumentException>(() => Trainers
            .Create(_context, options with { InitialModel = network, Exits = Exits })
            .Fit(SyntheticImages.View(_context, SyntheticImages.Rows(30))));

        Assert.AreEqual(
            "InitialModel must know the classes of the training data (across, down, slanted), in any order, because Exits.FreezeNetwork "
            + "leaves its "
            + "head as it is; got a model of across, slanted. Train on data of these classes, or without FreezeNetwork.",
            error.Message);
    }

    [TestMethod]
    public void Create_FrozenNetworkWithoutOne_Throws()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Trainers.Create(_context, new ResNetTrainer.Options { Exits = Exits }));

        Assert.AreEqual("ResNetTrainer.Options: Exits.FreezeNetwork needs a trained network. Set InitialModel.", error.Message);
    }

    private string[] Answers(GatedResNetTransformer model, IDataView rows)
        => [.. _context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(model.Transform(rows)).Transform(model.Transform(rows))
            .GetColumn<string>("PredictedLabel")];
}
