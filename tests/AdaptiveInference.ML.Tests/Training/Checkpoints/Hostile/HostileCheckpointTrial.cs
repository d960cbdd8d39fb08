using AdaptiveInference.ML.Training.Checkpoints;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Tests.Training.Checkpoints.Hostile;

/// <summary>
/// Lets <c>Fit</c> go on from any file: a training of a few seconds in all, with a stage of each kind, on a handful of images, that ends
/// with a score for each.
/// </summary>
internal sealed class HostileCheckpointTrial : IDisposable
{
    // A message longer than this is none that anybody reads.
    private const int LongestMessage = 2000;

    private static readonly SkipNetTrainer.Options Options = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 2, ReinforcementEpochs = 1, BatchSize = 16, Seed = 1,
        ValidationFraction = 0.3f,
    };

    private readonly MLContext _context = new(1);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly IDataView _data;

    public HostileCheckpointTrial()
    {
        _data = SyntheticImages.View(_context, SyntheticImages.Rows(18));
        Originals = [.. Enumerable.Range(0, 3).Select(Interrupted)];
    }

    /// <summary>Good checkpoints: before the first epoch, after it, and after the second stage has begun.</summary>
    public IReadOnlyList<byte[]> Originals { get; }

    private string CheckpointPath => Path.Combine(_folder.FullName, CheckpointStore.FileName);

    /// <summary>Goes on from a file.</summary>
    /// <returns>The message of the refusal; null where it went well.</returns>
    /// <exception cref="NotSupportedException">A model that gives no finite answers, or an unclear refusal.</exception>
    public string? Run(byte[] file)
    {
        File.WriteAllBytes(CheckpointPath, file);
        try
        {
            using var model = Trainers.Create(_context, Options with { CheckpointFolder = _folder.FullName }).Fit(_data);
            var scores = model.Transform(_data).GetColumn<float[]>("Score");
            return scores.All(score => score.All(float.IsFinite)) ? null : throw new NotSupportedException("a score is not finite");
        }
        catch (Exception error) when (error is InvalidDataException or InvalidOperationException)
        {
            return error.Message.Contains(_folder.FullName, StringComparison.Ordinal) && error.Message.Length <= LongestMessage
                ? error.Message.Replace(_folder.FullName, "", StringComparison.Ordinal)
                : throw new NotSupportedException($"no clear refusal: {error.Message}", error);
        }
        catch (FormatException error)
        {
            // The trained network overflows for a row, whose error this is.
            return error.Message;
        }
        finally
        {
            File.Delete(CheckpointPath);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private byte[] Interrupted(int epochs)
    {
        using var source = new CancellationTokenSource();
        var progress = new ProgressCallback(report =>
        {
            if (report.Epoch > epochs)
            {
                source.Cancel();
            }
        });
        try
        {
            var options = Options with { CheckpointFolder = _folder.FullName, CancellationToken = source.Token, Progress = progress };
            Trainers.Create(_context, options).Fit(_data).Dispose();
        }
        catch (OperationCanceledException)
        {
        }

        var file = File.ReadAllBytes(CheckpointPath);
        File.Delete(CheckpointPath);
        return file;
    }
}
