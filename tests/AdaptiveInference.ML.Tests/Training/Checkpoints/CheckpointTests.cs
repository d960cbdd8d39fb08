using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Training.Checkpoints;
using AdaptiveInference.ML.Training.Loop;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using TorchSharp;

namespace AdaptiveInference.ML.Tests.Training.Checkpoints;

/// <summary>Interrupted training goes on as if nothing had happened, or says why it cannot.</summary>
[TestClass]
public sealed class CheckpointTests
{
    private static readonly SkipNetTrainer.Options Options = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 3, ReinforcementEpochs = 2, BatchSize = 16, Seed = 1,
    };

    private readonly MLContext _context = new(1);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [TestCleanup]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [TestMethod]
    [DataRow(ImageAugmentation.None)]
    [DataRow(ImageAugmentation.PhotoFlip)]
    public void Fit_InterruptedManyTimes_EndsWithTheModelOfAnUnbrokenRun(ImageAugmentation augmentation)
    {
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        var options = Options with { Augmentation = augmentation };
        using var expected = Trainers.Create(_context, options).Fit(data);

        // Each run is stopped after two or three firsts and lasts of epochs, so some runs add an epoch and some do not.
        GatedResNetTransformer? model = null;
        var runs = 0;
        while (model is null)
        {
            model = TryFit(data, reports: 2 + (runs % 2), options);
            Assert.IsLessThan(20, ++runs);
        }

        Assert.IsGreaterThan(3, runs);
        CollectionAssert.AreEqual(Weights(expected), Weights(model));
        Assert.IsEmpty(_folder.GetFiles(), "a finished run leaves nothing to go on from");
        model.Dispose();
    }

    [TestMethod]
    public void Fit_CheckpointOfAnotherSeedlessRun_GoesOnWithItsSeed()
    {
        var context = new MLContext();
        var data = SyntheticImages.View(context, SyntheticImages.Rows(60));
        Interrupt(data, Options with { Seed = null }, context);
        var path = Path.Combine(_folder.FullName, CheckpointStore.FileName);
        var seed = CheckpointFile.ReadHeader(path).Seed;
        using var model = Trainers.Create(context, Options with { Seed = null, CheckpointFolder = _folder.FullName }).Fit(data);
        using var same = Trainers.Create(context, Options with { Seed = seed }).Fit(data);
        CollectionAssert.AreEqual(Weights(same), Weights(model));
    }

    [TestMethod]
    public void Fit_InterruptedWithAFrozenNetwork_GoesOn()
    {
        // The optimizer has momenta for the exits' heads alone.
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        using var trained = Trainers.Create(_context, Options with { Epochs = 1, ReinforcementEpochs = 0 }).Fit(data);
        var options = Options with { InitialModel = trained, Exits = new ExitOptions { FreezeNetwork = true }, ReinforcementEpochs = 0 };
        using var expected = Trainers.Create(_context, options).Fit(data);
        Interrupt(data, options, _context);
        using var model = Trainers.Create(_context, options with { CheckpointFolder = _folder.FullName }).Fit(data);
        CollectionAssert.AreEqual(Weights(expected), Weights(model));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Fit_InterruptedFineTuning_GoesOn(bool freezesNetwork)
    {
        // What frozen stages make of the images is not in the checkpoint and computed again.
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        using var trained = Trainers.Create(_context, Options with { Epochs = 1, ReinforcementEpochs = 0 }).Fit(data);
        var options = Options with
        {
            InitialModel = trained, Exits = new ExitOptions { FreezeNetwork = freezesNetwork },
            ReinforcementEpochs = freezesNetwork ? 0 : 1, Augmentation = ImageAugmentation.Flip,
            FineTuning = new FineTuningOptions { FrozenStages = 0, EpochsPerStage = 1 },
        };
        using var expected = Trainers.Create(_context, options).Fit(data);
        Interrupt(data, options, _context);
        using var model = Trainers.Create(_context, options with { CheckpointFolder = _folder.FullName }).Fit(data);
        CollectionAssert.AreEqual(Weights(expected), Weights(model));
    }

    [TestMethod]
    public void Fit_CheckpointOfOtherOptions_SaysWhatDiffers()
    {
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        Interrupt(data, Options, _context);
        var other = Options with { LearningRate = 0.05f, EarlyStopping = new EarlyStopping(), CheckpointFolder = _folder.FullName };
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Trainers.Create(_context, other).Fit(data));
        Assert.AreEqual(
            $"The checkpoint in '{_folder.FullName}' was made with other options: LearningRate was 0.1 and is 0.05; EarlyStopping was none "
            + "and is {\"Patience\":5,\"MinimumImprovement\":0}. Use the same options, another folder, or delete 'training.checkpoint' to "
            + "start anew.",
            error.Message);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Fit_PrecisionNotChosen_GoesOnInTheOneThatItBeganIn(bool began)
    {
        if (began && !BFloat16Instructions.AreOnProcessor)
        {
            Assert.Inconclusive("This processor has no bfloat16 instructions.");
        }

        // That of false is what all checkpoints say from before the processor was asked.
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        using var expected = Trainers.Create(_context, Options with { MixedPrecision = began }).Fit(data);
        Interrupt(data, Options with { MixedPrecision = began }, _context);
        using var model = Trainers.Create(_context, Options with { MixedPrecision = null, CheckpointFolder = _folder.FullName }).Fit(data);
        CollectionAssert.AreEqual(Weights(expected), Weights(model));
    }

    [TestMethod]
    public void Fit_CheckpointOfAnotherPrecision_SaysWhatDiffers()
    {
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        Interrupt(data, Options with { MixedPrecision = false }, _context);
        var other = Options with { MixedPrecision = true, CheckpointFolder = _folder.FullName };
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Trainers.Create(_context, other).Fit(data));
        StringAssert.Contains(error.Message, "made with other options: MixedPrecision was false and is true.", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Fit_PrecisionNotChosen_StandsInTheCheckpointAsItWasResolved()
    {
        Interrupt(SyntheticImages.View(_context, SyntheticImages.Rows(60)), Options with { MixedPrecision = null }, _context);
        var header = CheckpointFile.ReadHeader(Path.Combine(_folder.FullName, CheckpointStore.FileName));
        Assert.AreEqual(TrainingPrecision.Choose(null, DeviceType.CPU).IsMixed, TrainingPrecision.Of(header.Fingerprint));
    }

    [TestMethod]
    public void Fit_CheckpointOfClassesInAnotherOrder_SaysWhatDiffers()
    {
        var rows = SyntheticImages.Rows(60);
        Interrupt(SyntheticImages.View(_context, rows), Options, _context);

        // The same images under the same keys, which now stand for other names.
        var other = SyntheticImages.View(_context, rows.Select(row => new SyntheticImages.Row
        {
            Label = row.Label switch { "across" => "down", "down" => "across", _ => row.Label }, Features = row.Features,
        }));
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => Trainers.Create(_context, Options with { CheckpointFolder = _folder.FullName }).Fit(other));

        StringAssert.Matches(
            error.Message,
            new("was made with other data: classes was across, down, slanted, SHA-256 [0-9a-f]{16} and is down, across, slanted, "));
    }

    [TestMethod]
    public void Fit_CheckpointOfOtherData_SaysWhatDiffers()
    {
        Interrupt(SyntheticImages.View(_context, SyntheticImages.Rows(60)), Options, _context);
        var other = SyntheticImages.View(_context, SyntheticImages.Rows(63));
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => Trainers.Create(_context, Options with { CheckpointFolder = _folder.FullName }).Fit(other));
        StringAssert.Matches(
            error.Message,
            new("was made with other data: training data was 60 images of 1×12×12 in 3 classes, SHA-256 [0-9a-f]{16} and is 63 images"));
    }

    [TestMethod]
    public void Fit_DamagedCheckpoint_Throws()
    {
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        Interrupt(data, Options, _context);
        var path = Path.Combine(_folder.FullName, CheckpointStore.FileName);
        var bytes = File.ReadAllBytes(path);
        bytes[^100] ^= 1;
        File.WriteAllBytes(path, bytes);
        var trainer = Trainers.Create(_context, Options with { CheckpointFolder = _folder.FullName });
        Assert.AreEqual(
            $"The checkpoint '{path}' is damaged: its checksum does not match. Delete it to start anew.",
            Assert.ThrowsExactly<InvalidDataException>(() => trainer.Fit(data)).Message);
        File.WriteAllBytes(path, bytes[..^1]);
        Assert.AreEqual(
            $"The checkpoint '{path}' is damaged: it is of another length than its network needs. Delete it to start anew.",
            Assert.ThrowsExactly<InvalidDataException>(() => trainer.Fit(data)).Message);
    }

    [TestMethod]
    public void Fit_FolderThatCannotBeWritten_ThrowsBeforeTraining()
    {
        var file = Path.Combine(_folder.FullName, "file");
        File.WriteAllText(file, "");
        var trained = false;
        var options = Options with { CheckpointFolder = file, Progress = new ProgressCallback(_ => trained = true) };
        var error = Assert.ThrowsExactly<IOException>(
            () => Trainers.Create(_context, options).Fit(SyntheticImages.View(_context, SyntheticImages.Rows(60))));
        StringAssert.StartsWith(error.Message, $"CheckpointFolder '{file}' cannot be written: ");
        StringAssert.EndsWith(error.Message, " Choose another folder, or set it to null.");
        Assert.IsFalse(trained);
    }

    [TestMethod]
    public void CrossValidate_CheckpointFolder_TrainsEveryFoldAnew()
    {
        var data = SyntheticImages.View(_context, SyntheticImages.Rows(60));
        var trainer = Trainers.Create(_context, Options with { CheckpointFolder = _folder.FullName, Epochs = 1, ReinforcementEpochs = 0 });
        Assert.HasCount(3, _context.MulticlassClassification.CrossValidate(data, trainer, 3));
        Assert.IsEmpty(_folder.GetFiles());
    }

    private void Interrupt(IDataView data, SkipNetTrainer.Options options, MLContext context)
        => Assert.IsNull(TryFit(data, 3, options, context));

    private GatedResNetTransformer? TryFit(IDataView data, int reports, SkipNetTrainer.Options? options = null, MLContext? context = null)
    {
        using var source = new CancellationTokenSource();
        var left = reports;
        var interrupted = (options ?? Options) with
        {
            CheckpointFolder = _folder.FullName,
            CancellationToken = source.Token,
            Progress = new ProgressCallback(report =>
            {
                // Of every epoch the first batch and the end are reported; how many reports come between depends on the time.
                if (report.Stage != TrainingStage.Preparation && (report.Batch == 1 || report.IsEpochEnd) && --left == 0)
                {
                    source.Cancel();
                }
            }),
        };
        try
        {
            return Trainers.Create(context ?? _context, interrupted).Fit(data);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static float[] Weights(GatedResNetTransformer model)
        => [.. model.Model.Weights.Layout.SelectMany(tensor => model.Model.Weights[tensor.Name].ToArray())];
}
