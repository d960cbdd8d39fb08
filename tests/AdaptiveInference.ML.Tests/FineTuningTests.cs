using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using TorchSharp;

namespace AdaptiveInference.ML.Tests;

[TestClass]
public sealed class FineTuningTests
{
    private static readonly ResNetTrainer.Options Static = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 2, BatchSize = 16, Seed = 1, Head = HeadKind.Grid,
    };

    private static readonly ExitOptions Exits = new() { AfterBlocks = [0, 1] };

    private readonly MLContext _context = new(1);

    public static IEnumerable<object[]> AllTrainers =>
    [
        [Static with { Exits = Exits }],
        [
            new SkipNetTrainer.Options
            {
                Architecture = ResNetArchitecture.Cifar(8), Epochs = 2, ReinforcementEpochs = 1, BatchSize = 16, Seed = 1, Exits = Exits,
            },
        ],
        [
            new ConvNetAigTrainer.Options
            {
                Architecture = ResNetArchitecture.Cifar(8), Epochs = 2, BatchSize = 16, Seed = 1, Head = HeadKind.Grid, Exits = Exits,
            },
        ],
    ];

    [TestMethod]
    [DynamicData(nameof(AllTrainers))]
    public void Fit_TwoFrozenStages_LeavesTheirBitsAndTrainsAllElse(GatedResNetTrainerOptions options)
    {
        using var initial = Fit(Static, 60);
        using var model = Fit(
            options with
            {
                InitialModel = initial, FineTuning = new FineTuningOptions { FrozenStages = 2, FreezeBatchNorm = false },

                // The last weights are kept, and not those of the start where nothing later is better.
                ValidationFraction = 0,
            },
            60);

        foreach (var name in model.Model.Weights.Layout.Select(tensor => tensor.Name).Where(initial.Model.Weights.Contains))
        {
            var isFrozen = name.StartsWith("conv1.", StringComparison.Ordinal) || name.StartsWith("bn1.", StringComparison.Ordinal)
                || name.StartsWith("layer1.", StringComparison.Ordinal) || name.StartsWith("layer2.", StringComparison.Ordinal);
            Assert.AreEqual(isFrozen, initial.Model.Weights[name].SequenceEqual(model.Model.Weights[name]), name);
        }
    }

    [TestMethod]
    [DynamicData(nameof(AllTrainers))]
    public void Fit_EverythingFrozen_TrainsHeadsExitsAndGates(GatedResNetTrainerOptions options)
    {
        using var initial = Fit(Static, 60);
        var tuned = options with
        {
            InitialModel = initial, FineTuning = new FineTuningOptions { FrozenStages = 3 }, ValidationFraction = 0,
        };
        using var before = Fit(tuned with { LearningRate = 1e-12f, WeightDecay = 0, Momentum = 0 }, 60);
        using var model = Fit(tuned, 60);

        foreach (var name in model.Model.Weights.Layout.Select(tensor => tensor.Name))
        {
            var isBackbone = !name.Contains(".gate.", StringComparison.Ordinal)
                && (name.StartsWith("layer", StringComparison.Ordinal) || name is ['c', 'o', 'n', 'v', ..] or ['b', 'n', ..]);
            if (isBackbone)
            {
                Assert.IsTrue(initial.Model.Weights[name].SequenceEqual(model.Model.Weights[name]), name);
            }
            else if (name.EndsWith(".weight", StringComparison.Ordinal))
            {
                Assert.IsFalse(before.Model.Weights[name].SequenceEqual(model.Model.Weights[name]), name);
            }
        }
    }

    [TestMethod]
    [DataRow(true, false)]
    [DataRow(true, true)]
    [DataRow(false, false)]
    [DataRow(false, true)]
    public void Fit_FreezeBatchNorm_KeepsStatisticsAndTrainsWeights(bool freezes, bool mixedPrecision)
    {
        using var initial = Fit(Static, 60);
        using var model = Fit(
            Static with
            {
                InitialModel = initial, FineTuning = new FineTuningOptions { FrozenStages = 0, FreezeBatchNorm = freezes },
                MixedPrecision = mixedPrecision,

                // The last weights are kept, and not those of the start where nothing later is better.
                ValidationFraction = 0,
            },
            60);

        foreach (var norm in (string[])["bn1", "layer2.0.bn2", "layer3.0.downsample.1"])
        {
            Assert.AreEqual(freezes, Same(norm + ".running_mean"), norm);
            Assert.AreEqual(freezes, Same(norm + ".running_var"), norm);
            Assert.IsFalse(Same(norm + ".weight"), norm);
        }

        Assert.IsFalse(Same("head.bn1.running_mean"), "a head follows the images at hand");
        bool Same(string name) => initial.Model.Weights[name].SequenceEqual(model.Model.Weights[name]);
    }

    [TestMethod]
    public void Fit_BackboneRate_IsAPartOfTheRateOfHeads()
    {
        // One step of plain descent: the way of every weight is its rate times a gradient that is the same in all three.
        var one = Static with { Epochs = 1, BatchSize = 64, Momentum = 0, WeightDecay = 0, ValidationFraction = 0, LearningRate = 0.1f };
        using var initial = Fit(Static, 60);
        using var full = Fit(With(1), 60);
        using var quarter = Fit(With(0.25f), 60);

        Assert.AreEqual(0.25, Way(quarter, "layer1.0.conv1.weight") / Way(full, "layer1.0.conv1.weight"), 1e-3);
        Assert.AreEqual(0.25, Way(quarter, "layer3.0.bn2.bias") / Way(full, "layer3.0.bn2.bias"), 1e-3);
        Assert.AreEqual(1, Way(quarter, "head.fc1.weight") / Way(full, "head.fc1.weight"), 1e-3);

        GatedResNetTrainerOptions With(float rate) => one with
        {
            InitialModel = initial,
            FineTuning = new FineTuningOptions { FrozenStages = 0, BackboneRate = rate, FitHeads = false },
        };

        double Way(GatedResNetTransformer model, string name)
        {
            var (from, to) = (initial.Model.Weights[name].ToArray(), model.Model.Weights[name].ToArray());
            return Math.Sqrt(from.Zip(to).Sum(pair => Math.Pow(pair.Second - pair.First, 2)));
        }
    }

    [TestMethod]
    [DataRow(ImageAugmentation.None, 2, false, false)]
    [DataRow(ImageAugmentation.Flip, 2, false, false)]
    [DataRow(ImageAugmentation.Flip, 3, false, false)]
    [DataRow(ImageAugmentation.Flip, 3, false, true)]
    [DataRow(ImageAugmentation.Flip, 0, true, false)]
    [DataRow(ImageAugmentation.Flip, 0, true, true)]
    [DataRow(ImageAugmentation.PadCropFlip, 2, false, false)]
    public void Fit_Cached_GivesTheNumbersOfComputingAgain(ImageAugmentation augmentation, int stages, bool retrofits, bool mixedPrecision)
    {
        using var initial = Fit(Static with { Epochs = 4 }, 60);
        var options = Static with
        {
            InitialModel = initial, Augmentation = augmentation, Teacher = retrofits ? null : initial, LearningRate = 0.02f,
            Exits = Exits with { FreezeNetwork = retrofits }, MixedPrecision = mixedPrecision,
        };
        using var cached = Fit(options with { FineTuning = new FineTuningOptions { FrozenStages = stages } }, 60);
        using var computed = Fit(options with { FineTuning = new FineTuningOptions { FrozenStages = stages, Caches = false } }, 60);

        foreach (var tensor in computed.Model.Weights.Layout)
        {
            var (a, b) = (computed.Model.Weights[tensor.Name].ToArray(), cached.Model.Weights[tensor.Name].ToArray());
            Assert.IsTrue(a.Zip(b).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4), tensor.Name);
        }
    }

    [TestMethod]
    public void Fit_RetrofitOfASkipNet_GivesTheNumbersOfComputingAgain()
    {
        var options = (SkipNetTrainer.Options)AllTrainers.ElementAt(1)[0] with { ReinforcementEpochs = 0, TargetComputeFraction = 0.7f };
        using var initial = Fit(options with { Exits = null, Epochs = 4 }, 90);
        var reports = new List<TrainingProgress>();
        var retrofit = options with
        {
            InitialModel = initial, Exits = Exits with { FreezeNetwork = true }, Progress = new ProgressCallback(reports.Add),
        };
        using var cached = Fit(retrofit with { FineTuning = new FineTuningOptions() }, 90);
        var ofCached = reports.Where(report => report.IsEpochEnd).ToList();
        reports.Clear();
        using var computed = Fit(retrofit with { FineTuning = new FineTuningOptions { Caches = false } }, 90);
        var ofComputed = reports.Where(report => report.IsEpochEnd).ToList();

        for (var epoch = 0; epoch < ofComputed.Count; epoch++)
        {
            Assert.IsLessThan(1, ofComputed[epoch].ComputeFraction);
            Assert.AreEqual(ofComputed[epoch].ComputeFraction, ofCached[epoch].ComputeFraction, 1e-6);
            Assert.AreEqual(ofComputed[epoch].Accuracy, ofCached[epoch].Accuracy, 1e-9);
            Assert.AreEqual(ofComputed[epoch].Loss, ofCached[epoch].Loss, 1e-4);
        }

        foreach (var tensor in initial.Model.Weights.Layout)
        {
            Assert.IsTrue(initial.Model.Weights[tensor.Name].SequenceEqual(cached.Model.Weights[tensor.Name]), tensor.Name);
        }
    }

    [TestMethod]
    public void Fit_Twice_GivesTheSameModel()
    {
        using var initial = Fit(Static, 60);
        var options = Static with
        {
            InitialModel = initial, Exits = Exits, Augmentation = ImageAugmentation.Flip,
            FineTuning = new FineTuningOptions { EpochsPerStage = 1 },
        };
        using var first = Fit(options, 60);
        using var second = Fit(options, 60);
        foreach (var tensor in first.Model.Weights.Layout)
        {
            Assert.IsTrue(first.Model.Weights[tensor.Name].SequenceEqual(second.Model.Weights[tensor.Name]), tensor.Name);
        }
    }

    [TestMethod]
    public void Fit_TooFewEpochsToUnfreezeAll_LeavesTheLowerStages()
    {
        using var initial = Fit(Static, 60);
        using var model = Fit(
            Static with
            {
                InitialModel = initial, FineTuning = new FineTuningOptions { FrozenStages = 0, EpochsPerStage = 1 }, ValidationFraction = 0,
            },
            60);

        // Two epochs: stage 3, then stages 2 and 3.
        Assert.IsTrue(Same("conv1.weight"));
        Assert.IsTrue(Same("layer1.0.conv1.weight"));
        Assert.IsFalse(Same("layer3.0.conv1.weight"));
        bool Same(string name) => initial.Model.Weights[name].SequenceEqual(model.Model.Weights[name]);
    }

    [TestMethod]
    public void Fit_NewClasses_StartsFromHeadsThatKnowThem()
    {
        using var initial = Fit(Static with { Epochs = 8, Head = HeadKind.Pooled }, 150);
        var rows = SyntheticImages.Rows(150).Select(row => new SyntheticImages.Row { Label = "new " + row.Label, Features = row.Features });
        var reports = new List<TrainingProgress>();
        var options = Static with
        {
            Head = HeadKind.Pooled, InitialModel = initial, Epochs = 1, LearningRate = 1e-9f, Exits = Exits,
            Progress = new ProgressCallback(reports.Add),
        };
        using var fitted = Fit(options with { FineTuning = new FineTuningOptions() }, rows);
        var (withFit, preparation) = (reports[^1], reports.Where(report => report.Stage == TrainingStage.Preparation).ToList());
        reports.Clear();
        using var fresh = Fit(options with { FineTuning = new FineTuningOptions { FitHeads = false } }, rows);

        Assert.IsGreaterThan(0.8, withFit.ValidationAccuracy!.Value);
        Assert.IsTrue(withFit.ValidationExitAccuracies!.All(accuracy => accuracy > 0.6));
        Assert.IsLessThan(0.7, reports[^1].ValidationAccuracy!.Value);
        Assert.IsTrue(preparation.All(report => report is { IsEpochEnd: false, Epoch: 1, Batch: > 0 } && report.Batch <= report.Batches));
        Assert.AreEqual(preparation[^1].Batches, preparation[^1].Batch);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    public void Fit_CancelledWhilePreparing_LeavesNothing(int afterReports)
    {
        using var initial = Fit(Static, 60);
        using var source = new CancellationTokenSource();
        var reports = new List<TrainingProgress>();
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        var trainer = Trainers.Create(_context, Static with
        {
            InitialModel = initial, Exits = Exits, CancellationToken = source.Token,
            FineTuning = new FineTuningOptions { FrozenStages = 2 },
            Progress = new ProgressCallback(report =>
            {
                reports.Add(report);
                if (reports.Count == afterReports)
                {
                    source.Cancel();
                }
            }),
        });
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Assert.ThrowsExactly<OperationCanceledException>(() => trainer.Fit(data));

        Assert.HasCount(afterReports, reports);
        Assert.AreEqual(TrainingStage.Preparation, reports[0].Stage);
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void Fit_Retrofit_ReportsEachExitTimeLeftAndMemory()
    {
        using var initial = Fit(Static with { Epochs = 6 }, 90);
        var reports = new List<TrainingProgress>();
        using var model = Fit(
            Static with
            {
                InitialModel = initial, Epochs = 4, Exits = Exits with { FreezeNetwork = true },
                Progress = new ProgressCallback(reports.Add),
            },
            90);

        var ends = reports.Where(report => report.IsEpochEnd).ToList();
        Assert.IsTrue(ends.All(end => end.ExitAccuracies.Count == 2 && end.ValidationExitAccuracies!.Count == 2));
        Assert.AreEqual(ends[0].ValidationAccuracy, ends[^1].ValidationAccuracy, "the last head does not learn");
        Assert.IsGreaterThan(ends[0].ExitAccuracies[0], ends[^1].ExitAccuracies[0]);
        Assert.AreEqual(TimeSpan.Zero, ends[^1].TimeLeft);
        Assert.IsGreaterThan(TimeSpan.Zero, ends[0].TimeLeft!.Value);
        Assert.IsGreaterThan(50L << 20, ends[0].PeakMemory!.Value);
        Assert.IsNull(reports[0].TimeLeft);
        Assert.IsNull(reports[0].PeakMemory);
    }

    private GatedResNetTransformer Fit(GatedResNetTrainerOptions options, int rows) => Fit(options, SyntheticImages.Rows(rows));

    private GatedResNetTransformer Fit(GatedResNetTrainerOptions options, IEnumerable<SyntheticImages.Row> rows)
        => Trainers.Create(_context, options).Fit(SyntheticImages.View(_context, rows));
}
