using AdaptiveInference.ML.Training.Checkpoints;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Tests;

/// <summary>Training with AnyBudget, from the options to the dial.</summary>
[TestClass]
public sealed class AnyBudgetTests
{
    private static readonly ConvNetAigTrainer.Options Aig = new()
    {
        Architecture = ResNetArchitecture.Cifar(14), Epochs = 5, BatchSize = 20, Seed = 1, AnyBudget = true, TargetRate = 0.6f,
    };

    private static readonly SkipNetTrainer.Options SkipNet = new()
    {
        Architecture = ResNetArchitecture.Cifar(14), Epochs = 5, BatchSize = 20, Seed = 1, AnyBudget = true, TargetComputeFraction = 0.6f,
    };

    private readonly MLContext _context = new(1);

    public static IEnumerable<object[]> Both => [[Aig], [SkipNet]];

    [TestMethod]
    [DynamicData(nameof(Both))]
    public void Fit_AnyBudget_RunsFewerBlocksForLess(GatedResNetTrainerOptions options)
    {
        using var model = Trainers.Create(_context, options).Fit(SyntheticImages.View(_context, SyntheticImages.Rows(240)));
        var test = SyntheticImages.View(_context, SyntheticImages.Rows(90, seed: 7));

        var blocks = new[] { 0.2f, 0.4f, 0.6f, 0.8f, 1f }.Select(budget => model.WithGateBudget(budget).Transform(test)
            .GetColumn<float[]>("ExecutionPath").Average(path => path.Sum())).ToArray();

        Assert.AreEqual(0.6f, model.GateBudget);
        Assert.AreEqual(6.0, blocks[^1], 1e-9);
        Assert.IsLessThan(blocks[^1] - 2, blocks[0]);
        for (var i = 1; i < blocks.Length; i++)
        {
            Assert.IsGreaterThanOrEqualTo(blocks[i - 1], blocks[i], string.Join(", ", blocks));
        }
    }

    [TestMethod]
    [DynamicData(nameof(Both))]
    public void Fit_Interrupted_EndsWithTheModelOfAnUnbrokenRun(GatedResNetTrainerOptions options)
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
            options = options with { Epochs = 3, Exits = new ExitOptions { AfterBlocks = [2] } };
            using var expected = Trainers.Create(_context, options).Fit(data);
            using var cancellation = new CancellationTokenSource();
            var stopping = options with
            {
                CheckpointFolder = folder.FullName, CancellationToken = cancellation.Token,
                Progress = new ProgressCallback(report =>
                {
                    if (report is { Epoch: 2, IsEpochEnd: true })
                    {
                        cancellation.Cancel();
                    }
                }),
            };
            Assert.Throws<OperationCanceledException>(() => Trainers.Create(_context, stopping).Fit(data));

            using var model = Trainers.Create(_context, options with { CheckpointFolder = folder.FullName }).Fit(data);

            foreach (var tensor in expected.Model.Weights.Layout)
            {
                CollectionAssert.AreEqual(
                    expected.Model.Weights.Array(tensor.Name), model.Model.Weights.Array(tensor.Name), tensor.Name);
            }

            CollectionAssert.AreEqual(expected.ExitConfidences.ToArray(), model.ExitConfidences.ToArray());
            Assert.AreEqual(0.6f, model.GateBudget);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Both))]
    public void Fit_FineTuningFromAnyBudget_TakesGatesAndCurves(GatedResNetTrainerOptions options)
    {
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        using var first = Trainers.Create(_context, options with { Epochs = 1 }).Fit(data);
        var tuning = options with
        {
            Epochs = 1, Seed = 2, LearningRate = 1e-12f, WeightDecay = 0, InitialModel = first,
            FineTuning = new FineTuningOptions { FrozenStages = 1 },
        };

        using var tuned = Trainers.Create(_context, tuning).Fit(data);

        foreach (var name in new[] { "layer3.1.gate.budget.bias", "layer3.1.conv2.weight" })
        {
            foreach (var (before, after) in first.Model.Weights.Array(name).Zip(tuned.Model.Weights.Array(name)))
            {
                Assert.AreEqual(before, after, 1e-5f, name);
            }
        }
    }

    [TestMethod]
    public void Fit_StaticInitialModelAndTeacher_StartsCurvesFresh()
    {
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        var options = new ResNetTrainer.Options { Architecture = Aig.Architecture, Epochs = 1, BatchSize = 20, Seed = 1 };
        using var dense = Trainers.Create(_context, options).Fit(data);

        using var model = Trainers.Create(_context, Aig with { Epochs = 1, InitialModel = dense, Teacher = dense }).Fit(data);

        Assert.IsTrue(model.Model.Weights.Contains("layer1.0.gate.budget.bias"));
        Assert.AreEqual(0.6f, model.GateBudget);
    }

    [TestMethod]
    public void Create_WhatDoesNotGoWithAnyBudget_SaysSo()
    {
        AssertThrows(
            "ConvNetAigTrainer.Options: AnyBudget is not in the paper's recipe, which AsPublished asks for. Leave one of the two out.",
            Aig with { AsPublished = true });
        AssertThrows(
            "SkipNetTrainer.Options: AnyBudget is not in the paper's recipe, which AsPublished asks for. Leave one of the two out.",
            SkipNet with { AsPublished = true });
        AssertThrows(
            "ConvNetAigTrainer.Options: AnyBudget is for the whole network, TargetRates for each block. Leave one of the two out.",
            Aig with { Architecture = ResNetArchitecture.Cifar(8), TargetRates = [0.5f, 0.5f, 0.5f] });
        AssertThrows(
            "SkipNetTrainer.Options: AnyBudget needs a budget to begin with. Set TargetComputeFraction.",
            SkipNet with { TargetComputeFraction = null });
    }

    [TestMethod]
    public void Create_AnyBudgetOnAFrozenNetwork_SaysSo()
    {
        using var model = Trainers.Create(_context, Aig with { Epochs = 1 }).Fit(
            SyntheticImages.View(_context, SyntheticImages.Rows(30)));

        AssertThrows(
            "ConvNetAigTrainer.Options: AnyBudget trains gates, and Exits.FreezeNetwork leaves them as they are. Leave one of the two out.",
            Aig with { InitialModel = model, Exits = new ExitOptions { FreezeNetwork = true } });
    }

    [TestMethod]
    public void Fingerprint_AnyBudgetOff_IsThatOfCheckpointsFromBefore()
    {
        Assert.AreEqual(Fingerprint.None, Fingerprint.Of(Aig with { AnyBudget = false }, 1)["AnyBudget"]);
        Assert.AreEqual("true", Fingerprint.Of(Aig, 1)["AnyBudget"]);
    }

    private void AssertThrows(string message, GatedResNetTrainerOptions options)
        => Assert.AreEqual(message, Assert.ThrowsExactly<ArgumentException>(() => Trainers.Create(_context, options)).Message);
}
