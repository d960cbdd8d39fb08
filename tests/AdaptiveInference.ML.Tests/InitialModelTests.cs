using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Tests;

[TestClass]
public sealed class InitialModelTests
{
    private const float AlmostNoLearning = 1e-12f;

    private static readonly ResNetTrainer.Options Static = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, BatchSize = 16, Seed = 1, Momentum = 0, WeightDecay = 0,
    };

    private static readonly SkipNetTrainer.Options SkipNet = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, ReinforcementEpochs = 0, BatchSize = 16, Seed = 2, Momentum = 0,
        WeightDecay = 0,
        LearningRate = AlmostNoLearning,
    };

    private readonly MLContext _context = new(1);

    [TestMethod]
    public void Fit_SameNetwork_TakesAllWeightsAndChannelStatistics()
    {
        using var initial = Fit(Static, SyntheticImages.Rows(40));
        using var model = Fit(
            Static with { Seed = 2, LearningRate = AlmostNoLearning, InitialModel = initial }, SyntheticImages.Rows(40, seed: 5));
        AssertSame(initial, model, name => !name.Contains("running", StringComparison.Ordinal));
        CollectionAssert.AreEqual(initial.Model.Channels.Mean.ToArray(), model.Model.Channels.Mean.ToArray());
        CollectionAssert.AreEqual(initial.Model.Channels.StandardDeviation.ToArray(), model.Model.Channels.StandardDeviation.ToArray());
    }

    [TestMethod]
    public void Fit_SkipNetFromStatic_TakesBackboneAndHeadAndFreshGates()
    {
        using var initial = Fit(Static, SyntheticImages.Rows(40));
        using var model = Fit(SkipNet with { InitialModel = initial }, SyntheticImages.Rows(40));
        AssertSame(initial, model, name => !name.Contains("running", StringComparison.Ordinal));
        Assert.IsTrue(model.Model.Weights.Contains("layer2.0.gate.embed.weight"));
    }

    [TestMethod]
    public void Fit_InitialModelWithoutClasses_TakesItsBackboneAndStartsAFreshHead()
    {
        using var trained = Fit(Static, SyntheticImages.Rows(40));
        var plan = BlockPlan.Of(trained.Model.Spec with { Classes = 0 });
        var weights = new NetworkWeights(
            plan, WeightLayout.Of(plan).ToDictionary(tensor => tensor.Name, tensor => trained.Model.Weights[tensor.Name].ToArray()));
        var mean = new MeanImage(new ImageShape(trained.ImageShape.Channels, 2, 1), Enumerable.Repeat(90f, 2).ToArray());
        var own = trained.Model.Channels;
        var channels = new ChannelStatistics(own.Mean.ToArray(), own.StandardDeviation.ToArray(), mean);
        using var backbone = new GatedResNetTransformer(
            _context, new GatedResNetModel(plan, weights, channels, ClassLabels.None, ScoringPolicy.Default), trained.Columns);

        using var model = Fit(SkipNet with { InitialModel = backbone }, SyntheticImages.Rows(40));

        AssertSame(
            trained, model,
            name => !name.Contains("running", StringComparison.Ordinal) && !name.StartsWith("fc.", StringComparison.Ordinal));
        CollectionAssert.AreNotEqual(trained.Model.Weights["fc.weight"].ToArray(), model.Model.Weights["fc.weight"].ToArray());
        Assert.HasCount(trained.ClassNames.Count, model.ClassNames);
        Assert.AreSame(mean, model.Model.Channels.MeanImage);
        Assert.AreEqual(
            "This network has no classes, so that it cannot classify. Give it yours with Trainers.ExitHeads or as the InitialModel of "
            + "another trainer, or use it in mlContext.Transforms.AdaptiveFeatures.",
            Assert.ThrowsExactly<InvalidOperationException>(
                () => backbone.Transform(SyntheticImages.View(_context, SyntheticImages.Rows(3)))).Message);
        Assert.AreEqual(
            "Teacher has no classes, so that it cannot teach any. Give it those of the training data first, with Trainers.ExitHeads or as "
            + "the InitialModel of a trainer.",
            Assert.ThrowsExactly<ArgumentException>(
                () => Fit(Static with { Teacher = backbone }, SyntheticImages.Rows(8))).Message);
        Assert.AreEqual(
            "InitialModel has no classes, and Exits.FreezeNetwork leaves its head as it is. For exits on a network that stays as it is "
            + "use Trainers.ExitHeads, or train without FreezeNetwork.",
            Assert.ThrowsExactly<ArgumentException>(
                () => Fit(
                    Static with { InitialModel = backbone, Exits = new ExitOptions { FreezeNetwork = true } },
                    SyntheticImages.Rows(8))).Message);
    }

    [TestMethod]
    public void Fit_MoreClasses_TakesTheRowsOfThoseThatBothHave()
    {
        // Keys: across, slanted; then down, slanted, across.
        using var initial = Fit(Static, SyntheticImages.Rows(60).Where(row => row.Label != "down"));
        using var model = Fit(Static with { LearningRate = AlmostNoLearning, InitialModel = initial }, SyntheticImages.Rows(60).Skip(1));
        AssertSame(
            initial, model,
            name => !name.Contains("running", StringComparison.Ordinal) && !name.StartsWith("fc.", StringComparison.Ordinal));
        CollectionAssert.AreEqual(new[] { "down", "slanted", "across" }, model.ClassNames.ToArray());
        AssertRow(initial, 1, model, 1);
        AssertRow(initial, 0, model, 2);
    }

    [TestMethod]
    public void Fit_ClassesInAnotherOrder_AnswersAsBefore()
    {
        using var initial = Fit(Static with { Epochs = 2 }, SyntheticImages.Rows(60));
        using var model = Fit(Static with { LearningRate = AlmostNoLearning, InitialModel = initial }, SyntheticImages.Rows(60).Skip(2));
        CollectionAssert.AreEqual(new[] { "slanted", "across", "down" }, model.ClassNames.ToArray());
        AssertRow(initial, 2, model, 0);
        AssertRow(initial, 0, model, 1);
        AssertRow(initial, 1, model, 2);
    }

    [TestMethod]
    public void Fit_NoClassInCommon_StartsTheHeadFresh()
    {
        using var initial = Fit(Static, SyntheticImages.Rows(30));
        var others = SyntheticImages.Rows(30)
            .Select(row => new SyntheticImages.Row { Label = "new " + row.Label, Features = row.Features });
        using var fresh = Fit(Static with { LearningRate = AlmostNoLearning, Seed = 7 }, others);
        using var model = Fit(Static with { LearningRate = AlmostNoLearning, Seed = 7, InitialModel = initial }, others);
        for (var row = 0; row < 3; row++)
        {
            AssertRow(fresh, row, model, row);
        }
    }

    [TestMethod]
    public void Fit_ValidationSetWithKeysInAnotherOrder_IsJudgedByName()
    {
        var data = _context.Data.LoadFromEnumerable(SyntheticImages.Rows(120));
        var training = _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        var history = new TrainingHistory();
        var rows = SyntheticImages.Rows(60, seed: 5).Skip(1).ToArray();
        var options = Static with { Epochs = 4, ValidationSet = SyntheticImages.View(_context, rows), Progress = history };

        using var model = Trainers.Create(_context, options).Fit(training);

        var same = _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(_context.Data.LoadFromEnumerable(rows));
        var best = history.Epochs.Max(epoch => epoch.ValidationAccuracy!.Value);
        Assert.AreEqual(best, _context.MulticlassClassification.Evaluate(model.Transform(same)).MicroAccuracy, 1e-9);
        var byName = _context.MulticlassClassification.EvaluateAdaptive(model.Transform(options.ValidationSet));
        Assert.AreEqual(best, byName.Classification.MicroAccuracy, 1e-9);
        Assert.AreNotEqual(best, _context.MulticlassClassification.Evaluate(model.Transform(options.ValidationSet)).MicroAccuracy, 1e-9);
    }

    [TestMethod]
    public void Fit_ValidationRowsOfOtherClasses_AreLeftOutWithAWarning()
    {
        var messages = new List<string>();
        _context.Log += (_, entry) => messages.Add(entry.Message);
        var rows = SyntheticImages.Rows(12, seed: 5)
            .Select(row => new SyntheticImages.Row { Label = row.Label == "down" ? "up" : row.Label, Features = row.Features });
        using var model = Fit(Static with { ValidationSet = SyntheticImages.View(_context, rows) }, SyntheticImages.Rows(30));
        Assert.Contains(
            message => message.EndsWith(
                "Left out 4 rows of the validation set, of classes that the training data does not have: up.", StringComparison.Ordinal),
            messages);
    }

    [TestMethod]
    public void Fit_OtherArchitecture_Throws()
    {
        using var initial = Fit(Static, SyntheticImages.Rows(40));
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => Fit(SkipNet with { Architecture = ResNetArchitecture.Cifar(14), InitialModel = initial }, SyntheticImages.Rows(40)));
        Assert.AreEqual(
            "InitialModel must be a ResNet-14 (CIFAR) as Architecture says, got a ResNet-8 (CIFAR). Set Architecture to that of the model.",
            error.Message);
    }

    [TestMethod]
    public void Fit_OtherChannels_Throws()
    {
        using var initial = Fit(Static, SyntheticImages.Rows(40));
        var colour = SyntheticImages.Rows(12).Select(
            row => new ColourRow { Label = row.Label, Features = [.. row.Features, .. row.Features, .. row.Features] });
        var error = Assert.ThrowsExactly<ArgumentException>(() => Fit(Static with { InitialModel = initial }, colour));
        Assert.AreEqual(
            "InitialModel must read images of 3 channels as the training data has, got a model of 1. Convert the images.",
            error.Message);
    }

    private GatedResNetTransformer Fit<T>(GatedResNetTrainerOptions options, IEnumerable<T> rows)
        where T : class
    {
        var data = _context.Data.LoadFromEnumerable(rows);
        return Trainers.Create(_context, options).Fit(_context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data));
    }

    private static void AssertRow(GatedResNetTransformer expected, int row, GatedResNetTransformer actual, int place)
    {
        var width = expected.Model.Weights["fc.weight"].Length / expected.ClassNames.Count;
        for (var i = 0; i < width; i++)
        {
            Assert.AreEqual(
                expected.Model.Weights["fc.weight"][(row * width) + i], actual.Model.Weights["fc.weight"][(place * width) + i], 1e-6f);
        }

        Assert.AreEqual(expected.Model.Weights["fc.bias"][row], actual.Model.Weights["fc.bias"][place], 1e-6f);
    }

    private static void AssertSame(GatedResNetTransformer expected, GatedResNetTransformer actual, Func<string, bool> compared)
    {
        var names = expected.Model.Weights.Layout.Select(tensor => tensor.Name).Where(compared).ToList();
        Assert.IsGreaterThan(10, names.Count);
        foreach (var name in names)
        {
            var (a, b) = (expected.Model.Weights[name].ToArray(), actual.Model.Weights[name].ToArray());
            Assert.IsTrue(a.Zip(b).All(pair => Math.Abs(pair.First - pair.Second) < 1e-6), name);
        }
    }

    private sealed class ColourRow
    {
        public string Label { get; set; } = "";

        [VectorType(3, SyntheticImages.Side, SyntheticImages.Side)]
        public float[] Features { get; set; } = [];
    }
}
