using System.Buffers.Binary;
using System.Text.Json.Nodes;
using AdaptiveInference.ML.Tests.Training.Checkpoints.Hostile;
using AdaptiveInference.ML.Training.Checkpoints;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests.Training.Checkpoints;

/// <summary>Checkpoints with a right checksum that no training can have written.</summary>
[TestClass]
public sealed class DamagedCheckpointTests
{
    private static readonly SkipNetTrainer.Options Options = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 3, ReinforcementEpochs = 2, BatchSize = 16, Seed = 1,
    };

    private readonly MLContext _context = new(1);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    private string FilePath => Path.Combine(_folder.FullName, CheckpointStore.FileName);

    [TestCleanup]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [TestMethod]
    [DataRow("Stage", "99", "it stands in stage 99, and this training has the stages 0 to 1")]
    [DataRow("Stage", "-1", "it stands in stage -1, and this training has the stages 0 to 1")]
    [DataRow("EpochsDone", "99", "99 epochs of its stage are done, and that stage has 3")]
    [DataRow("EpochsDone", "-1", "-1 epochs of its stage are done, and that stage has 3")]
    [DataRow("EpochsDone", "0", "it has best weights, and nothing has been judged yet")]
    [DataRow("Waited", "2", "it has waited 2 epochs for a better one, and 2 have been judged")]
    [DataRow("Waited", "-1", "it has waited -1 epochs for a better one, and 2 have been judged")]
    [DataRow("Seed", "2", "its seed is 2, and its options say 1")]
    [DataRow("Format", "7", "it has format 7, and this version reads format 1")]
    [DataRow("BestMerit", "\"NaN\"", "its best score is NaN with a reference score of 0.5, with weights of that score")]
    [DataRow("BestMerit", "1.5", "its best score is 1.5 with a reference score of 0.5, with weights of that score")]
    [DataRow("BestMerit", "\"-Infinity\"", "its best score is -Infinity with a reference score of 0.5, with weights of that score")]
    [DataRow("BestMerit", "0.4", "its best score is 0.4 with a reference score of 0.5, with weights of that score")]
    [DataRow("HasBest", "false", "its best score is 0.75 with a reference score of 0.5, without weights of that score")]
    public void Fit_HeaderOutOfRange_SaysWhatIsWrong(string name, string value, string problem)
    {
        Alter(header =>
        {
            (header["BestMerit"], header["Mark"]) = (0.75, 0.5);
            header[name] = JsonNode.Parse(value);
        });
        Assert.AreEqual(Damage(problem), Refusal().Message);
    }

    [TestMethod]
    public void Fit_FingerprintWithNull_SaysSo()
    {
        Alter(header => header["Fingerprint"]!["Epochs"] = null);
        Assert.AreEqual(Damage("its fingerprint has a value that is null"), Refusal().Message);
    }

    [TestMethod]
    public void Fit_HeaderWithoutFingerprint_SaysThatItsFormIsWrong()
    {
        Alter(header => header["Fingerprint"] = null);
        var error = Refusal();
        StringAssert.StartsWith(error.Message, $"The checkpoint '{FilePath}' is damaged: its header is not of the right form (");
        StringAssert.EndsWith(error.Message, "). Delete it to start anew.");
    }

    [TestMethod]
    [DataRow(0, "conv1.weight", float.NaN, "its weights hold NaN or infinity in 'conv1.weight'")]
    [DataRow(0, "fc.bias", float.NegativeInfinity, "its weights hold NaN or infinity in 'fc.bias'")]
    [DataRow(0, "bn1.running_var", -1e-3f, "its weights hold a negative variance in 'bn1.running_var'")]
    [DataRow(1, "conv1.weight", float.PositiveInfinity, "its best weights hold NaN or infinity in 'conv1.weight'")]
    [DataRow(1, "bn1.running_var", float.NegativeZero, null)]
    [DataRow(2, "", float.NaN, "its momenta hold NaN or infinity")]
    public void Fit_NumberOutOfRange_NamesItsTensor(int part, string tensor, float value, string? problem)
    {
        var parts = Interrupt();
        BinaryPrimitives.WriteSingleLittleEndian(parts.Body.AsSpan(sizeof(float) * PlaceOf(part, tensor)), value);
        File.WriteAllBytes(FilePath, parts.ToFile());
        if (problem is null)
        {
            Fit();
            return;
        }

        Assert.AreEqual(Damage(problem), Refusal().Message);
    }

    [TestMethod]
    public void Fit_MomentaOfOtherParameters_SaysSo()
    {
        var parts = Interrupt();
        File.WriteAllBytes(FilePath, (parts with { Body = [.. parts.Body, .. new byte[sizeof(int)]] }).ToFile());
        Assert.AreEqual(Damage("its momenta are those of other parameters"), Refusal().Message);
    }

    [TestMethod]
    public void Fit_WeightsTooLargeToTrain_NamesTheCheckpoint()
    {
        var parts = Interrupt();
        for (var place = 0; place < PlaceOf(1, "conv1.weight"); place++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(parts.Body.AsSpan(sizeof(float) * place), 3e38f);
        }

        File.WriteAllBytes(FilePath, parts.ToFile());
        var message = Assert.ThrowsExactly<InvalidOperationException>(Fit).Message;
        StringAssert.StartsWith(message, "The loss became ");
        StringAssert.EndsWith(
            message,
            $" This Fit went on from the checkpoint '{FilePath}': delete it to start anew, lower LearningRate, or check that the images "
            + "and labels are right.");
    }

    [TestMethod]
    public void Fit_BestWeightsTooLargeToAnswer_NamesTheCheckpoint()
    {
        var options = new ResNetTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), Epochs = 2, BatchSize = 16, Seed = 1 };
        var parts = Interrupt(options, epochs: 1);

        // As if both epochs were done, so that nothing is trained any more and the best weights are what is left.
        var header = JsonNode.Parse(parts.Header)!.AsObject();
        header["EpochsDone"] = 2;
        parts = parts with { Header = header.ToJsonString() };
        var weights = BlockPlanOf(NetworkKind.ResNet);
        var first = weights.Sum(tensor => tensor.Length);
        for (var place = first; place < first + weights[0].Length; place++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(parts.Body.AsSpan(sizeof(float) * place), 3e38f);
        }

        File.WriteAllBytes(FilePath, parts.ToFile());
        Assert.AreEqual(
            $"Training ended with a network whose answers are NaN or infinite. This Fit went on from the checkpoint '{FilePath}': delete "
            + "it to start anew, lower LearningRate, or check that the images and labels are right.",
            Assert.ThrowsExactly<InvalidOperationException>(() => Fit(options)).Message);
    }

    private static IReadOnlyList<TensorSpec> BlockPlanOf(NetworkKind network) => WeightLayout.Of(BlockPlan.Of(new NetworkSpec
    {
        Network = network,
        Architecture = Options.Architecture,
        Image = new ImageShape(1, SyntheticImages.Side, SyntheticImages.Side),
        Classes = SyntheticImages.Classes,
    }));

    // Weights, then best weights, then momenta with a length before each.
    private static int PlaceOf(int part, string tensor)
    {
        var layout = BlockPlanOf(NetworkKind.SkipNet);
        var before = part == 2 ? 1 : layout.TakeWhile(spec => spec.Name != tensor).Sum(spec => spec.Length);
        return (part * layout.Sum(spec => spec.Length)) + before;
    }

    private string Damage(string problem) => $"The checkpoint '{FilePath}' is damaged: {problem}. Delete it to start anew.";

    private InvalidDataException Refusal() => Assert.ThrowsExactly<InvalidDataException>(Fit);

    private void Fit() => Fit(Options);

    private void Fit(GatedResNetTrainerOptions options)
        => Trainers.Create(_context, options with { CheckpointFolder = _folder.FullName })
            .Fit(SyntheticImages.View(_context, SyntheticImages.Rows(60))).Dispose();

    private void Alter(Action<JsonObject> change)
    {
        var parts = Interrupt();
        var header = JsonNode.Parse(parts.Header)!.AsObject();
        change(header);
        File.WriteAllBytes(FilePath, (parts with { Header = header.ToJsonString() }).ToFile());
    }

    private CheckpointParts Interrupt() => Interrupt(Options, epochs: 2);

    private CheckpointParts Interrupt(GatedResNetTrainerOptions options, int epochs)
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
            Fit(options with { CancellationToken = source.Token, Progress = progress });
        }
        catch (OperationCanceledException)
        {
        }

        return CheckpointParts.Of(File.ReadAllBytes(FilePath));
    }
}
