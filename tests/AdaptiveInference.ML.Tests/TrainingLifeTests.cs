using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using TorchSharp;

namespace AdaptiveInference.ML.Tests;

/// <summary>What a fit leaves behind, says on the way, and does when it is stopped.</summary>
[TestClass]
public sealed class TrainingLifeTests
{
    private static readonly SkipNetTrainer.Options Options = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 2, ReinforcementEpochs = 1, BatchSize = 16, Seed = 1,
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly MLContext _context = new(1);

    [TestInitialize]
    public void UseFolder() => _context.TempFilePath = _folder.FullName;

    [TestCleanup]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [TestMethod]
    public void Fit_TenTimes_LeavesNoTensorsAndNoFiles()
    {
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(40));
        var trainer = Trainers.Create(_context, Options with { Epochs = 1 });
        trainer.Fit(data).Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 10; i++)
        {
            trainer.Fit(data).Dispose();
        }

        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.IsEmpty(_folder.GetFileSystemInfos());
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(5)]
    [DataRow(2)]
    public void Fit_Cancelled_ThrowsAndLeavesNothing(int afterReports)
    {
        using var source = new CancellationTokenSource();
        var reports = 0;
        var progress = new ProgressCallback(_ =>
        {
            if (++reports == afterReports)
            {
                source.Cancel();
            }
        });
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        var trainer = Trainers.Create(_context, Options with { Progress = progress, CancellationToken = source.Token });
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.ThrowsExactly<OperationCanceledException>(() => trainer.Fit(data));
        Assert.AreEqual(afterReports, reports, "no step was taken after the cancellation");
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.IsEmpty(_folder.GetFileSystemInfos());
    }

    [TestMethod]
    public void Fit_ProgressThrows_PassesItOnAndLeavesNoTensors()
    {
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        var trainer = Trainers.Create(
            _context, Options with { Progress = new ProgressCallback(_ => throw new NotSupportedException("mine")) });
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.AreEqual("mine", Assert.ThrowsExactly<NotSupportedException>(() => trainer.Fit(data)).Message);
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void Fit_LearningRateFarTooHigh_SaysWhereAndWhatToDo()
    {
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        var trainer = Trainers.Create(_context, Options with { LearningRate = 1e30f, Epochs = 5 });
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var message = Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(data)).Message;
        StringAssert.Matches(
            message,
            new(@"^The loss became (NaN|Infinity|∞) in epoch \d+, batch \d+, at a learning rate of [\d.E+]+\. "
                + @"Lower LearningRate, or check that the images and labels are right\.$"));
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void Fit_LastStepOverflows_NeverGivesAModelOfNaNs()
    {
        // One step, so that no later loss shows what it did.
        var options = new ResNetTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, BatchSize = 64, ValidationFraction = 0, LearningRate = 3e38f,
            WeightDecay = 1e30f,
            Seed = 1,
        };
        var trainer = Trainers.Create(_context, options);
        StringAssert.Matches(
            Assert.ThrowsExactly<InvalidOperationException>(
                () => trainer.Fit(SyntheticImages.View(_context, SyntheticImages.Rows(30)))).Message,
            new(@"^Training ended with NaN or infinite weights in '[\w.]+'\. "
                + @"Lower LearningRate, or check that the images and labels are right\.$"));
    }

    [TestMethod]
    public void Fit_Progress_ReportsEveryEpochOfBothStages()
    {
        var reports = new List<TrainingProgress>();
        var lines = new List<string>();
        _context.Log += (_, log) => lines.Add(log.Message);
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        Trainers.Create(_context, Options with { Progress = new ProgressCallback(reports.Add) }).Fit(data).Dispose();

        var ends = reports.Where(report => report.IsEpochEnd).ToList();
        CollectionAssert.AreEqual((int[])[1, 2, 3], ends.Select(report => report.Epoch).ToArray());
        Assert.IsTrue(reports.All(report => report.Epochs == 3));
        CollectionAssert.AreEqual(
            (TrainingStage[])[TrainingStage.Supervised, TrainingStage.Supervised, TrainingStage.Reinforcement],
            ends.Select(report => report.Stage).ToArray());
        foreach (var end in ends)
        {
            Assert.AreEqual(end.Batches, end.Batch);
            Assert.AreEqual(4, end.Batches, "54 images to train on, at most 16 at a time");
            Assert.IsTrue(end is { ValidationAccuracy: >= 0 and <= 1, ValidationLoss: > 0, ValidationComputeFraction: > 0 and < 1.1 });
            Assert.IsTrue(end is { Accuracy: >= 0 and <= 1, Loss: > 0, ComputeFraction: > 0 and < 1.1, ImagesPerSecond: > 0 });
        }

        Assert.HasCount(
            3,
            lines.Where(
                line => line.Contains("epoch ", StringComparison.Ordinal) && line.Contains("validation loss", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Fit_NoValidation_ReportsNoneAndKeepsTheLastWeights()
    {
        var reports = new List<TrainingProgress>();
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        Trainers.Create(_context, Options with { ValidationFraction = 0, Progress = new ProgressCallback(reports.Add) })
            .Fit(data).Dispose();
        Assert.IsTrue(reports.All(report => report is { ValidationAccuracy: null, ValidationLoss: null, ValidationComputeFraction: null }));
    }

    [TestMethod]
    public void Fit_EarlyStopping_EndsAfterItsPatience()
    {
        var reports = new List<TrainingProgress>();
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        var options = Options with
        {
            Epochs = 40,
            ReinforcementEpochs = 0,
            LearningRate = 1e-6f,
            EarlyStopping = new EarlyStopping { Patience = 2, MinimumImprovement = 1 },
            Progress = new ProgressCallback(reports.Add),
        };
        Trainers.Create(_context, options).Fit(data).Dispose();

        // The first epoch improves on nothing at all; no later one can improve by more than 1.
        Assert.HasCount(3, reports.Where(report => report.IsEpochEnd));
    }

    [TestMethod]
    public void Fit_Options_StayAsTheyWere()
    {
        var copy = Options with { };
        Trainers.Create(_context, Options).Fit(SyntheticImages.View(_context, SyntheticImages.Rows(40))).Dispose();
        Assert.AreEqual(copy, Options);
    }

    [TestMethod]
    public void Fit_GlobalTorchGenerator_IsLeftAlone()
    {
        Trainers.Create(_context, Options).Fit(SyntheticImages.View(_context, SyntheticImages.Rows(40))).Dispose();
        torch.random.manual_seed(5);
        float expected, drawn;
        using (var tensor = torch.rand(1))
        {
            expected = tensor.item<float>();
        }

        torch.random.manual_seed(5);
        Trainers.Create(_context, Options).Fit(SyntheticImages.View(_context, SyntheticImages.Rows(40))).Dispose();
        using (var tensor = torch.rand(1))
        {
            drawn = tensor.item<float>();
        }

        Assert.AreEqual(expected, drawn);
    }

    [TestMethod]
    public void Fit_MissingLabels_AreLeftOutWithAWarning()
    {
        var lines = new List<string>();
        _context.Log += (_, log) => lines.Add(log.Message);
        var mapping = _context.Transforms.Conversion.MapValueToKey("Label").Fit(_context.Data.LoadFromEnumerable(SyntheticImages.Rows(6)));
        var rows = SyntheticImages.Rows(40);
        rows[3].Label = rows[17].Label = "unknown";
        Trainers.Create(_context, Options).Fit(mapping.Transform(_context.Data.LoadFromEnumerable(rows))).Dispose();
        Assert.HasCount(1, lines.Where(line => line.EndsWith("Left out 2 rows whose label is missing.", StringComparison.Ordinal)));
    }
}
