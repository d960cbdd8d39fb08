using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests.Training.Checkpoints;

/// <summary>The training that <see cref="KilledTrainingTests"/> kills, in a process of its own.</summary>
internal static class KilledTraining
{
    public const string Task = "train-with-checkpoints";

    /// <summary>The same, but it goes no further than its first line: it ends when it is killed.</summary>
    public const string HeldTask = "hold-a-checkpoint-folder";

    /// <summary>Trains with checkpoints in a folder, writes a line per epoch and at the end one that tells the weights.</summary>
    public static int Run(string folder, bool isHeld = false)
    {
        Console.WriteLine("trained " + Train(folder, new Lines(isHeld)));
        return 0;
    }

    /// <summary>The same training, with or without checkpoints.</summary>
    /// <returns>SHA-256 of the weights.</returns>
    public static string Train(string? folder, IProgress<TrainingProgress>? progress)
    {
        var context = new MLContext(1);
        var trainer = context.MulticlassClassification.Trainers.SkipNet(new SkipNetTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), Epochs = 24, ReinforcementEpochs = 6, BatchSize = 16, CheckpointFolder = folder,
            Progress = progress,
        });
        using var model = trainer.Fit(SyntheticImages.View(context, SyntheticImages.Rows(90)));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in model.Model.Weights.Layout)
        {
            hash.AppendData(MemoryMarshal.AsBytes(model.Model.Weights[tensor.Name]));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private sealed class Lines(bool isHeld) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            Console.WriteLine($"epoch {value.Epoch} batch {value.Batch}");
            if (isHeld)
            {
                Thread.Sleep(Timeout.Infinite);
            }
        }
    }
}
