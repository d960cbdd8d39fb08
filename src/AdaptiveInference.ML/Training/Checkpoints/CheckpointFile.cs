using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.Training.Optimisation;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Files;
using AdaptiveInference.ML.Transforms.Persistence;

namespace AdaptiveInference.ML.Training.Checkpoints;

/// <summary>Writes and reads one checkpoint: header, weights, best weights if any, momenta, SHA-256 of it all.</summary>
internal static class CheckpointFile
{
    // The options and data of a run as text; a few kilobytes.
    private const int MaximumHeader = 1 << 20;

    private const string WrongLength = "it is of another length than its network needs";

    /// <exception cref="IOException">The disk is full or the folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, string> fingerprint, Checkpoint checkpoint)
        => AtomicFile.Write(path, stream => Write(stream, HeaderOf(fingerprint, checkpoint), checkpoint));

    /// <summary>Reads only the header, which says whether the rest fits.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or of another version.</exception>
    public static CheckpointHeader ReadHeader(string path) => Read(path, (input, _) => HeaderFrom(input));

    /// <summary>Reads a checkpoint of a run.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or of another version or network.</exception>
    public static Checkpoint Read(string path, BlockPlan plan, RunOutline outline) => Read(path, (input, file) =>
    {
        var header = HeaderFrom(input);
        CheckpointDamage.Progress(header, outline);
        var layout = WeightLayout.Of(plan);
        var needed = layout.Sum(tensor => (long)tensor.Length) * sizeof(float) * (header.HasBest ? 2 : 1);
        if (input.Left - SHA256.HashSizeInBytes < needed)
        {
            throw new InvalidDataException(WrongLength);
        }

        var weights = ReadTensors(input, layout);
        var best = header.HasBest ? ReadTensors(input, layout) : null;
        var momenta = ReadMomenta(input, layout.Where(tensor => !NetworkTensors.IsStatistic(tensor.Name)).Max(tensor => tensor.Length));
        var computed = file.Hash.GetHashAndReset();
        var stored = new byte[computed.Length];
        file.Stream.ReadExactly(stored);
        if (!stored.AsSpan().SequenceEqual(computed))
        {
            throw new InvalidDataException("its checksum does not match");
        }

        CheckpointDamage.Tensors(weights, best, momenta);
        return new Checkpoint
        {
            Seed = header.Seed,
            Stage = header.Stage,
            EpochsDone = header.EpochsDone,
            Weights = new NetworkWeights(plan, weights),
            Momenta = momenta,
            Best = new BestWeights.State(
                best is null ? null : new NetworkWeights(plan, best), header.BestScore, header.ReferenceScore, header.Waited),
        };
    });

    /// <summary>The error of a checkpoint that training cannot continue from.</summary>
    public static InvalidDataException Damage(string path, string problem, Exception? cause = null)
        => new($"The checkpoint '{path}' is damaged: {problem.TrimEnd('.')}. Delete it to start anew.", cause);

    private static T Read<T>(string path, Func<HashedReader, (FileStream Stream, IncrementalHash Hash), T> read)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            return read(new HashedReader(file, hash), (file, hash));
        }
        catch (JsonException error)
        {
            throw Damage(path, $"its header is not of the right form ({error.Message.TrimEnd('.')})", error);
        }
        catch (EndOfStreamException error)
        {
            throw Damage(path, "it ends early", error);
        }
        catch (InvalidDataException error)
        {
            throw Damage(path, error.Message, error);
        }
    }

    // How many there are is the stage's business: one that trains exits alone has fewer than the network has parameters.
    private static List<float[]> ReadMomenta(HashedReader input, int most)
    {
        var momenta = new List<float[]>();
        while (input.Left > SHA256.HashSizeInBytes)
        {
            var length = input.ReadInt32();
            momenta.Add(length >= 0 && length <= most && length <= (input.Left - SHA256.HashSizeInBytes) / sizeof(float)
                ? input.ReadFloats(length)
                : throw new InvalidDataException(WrongLength));
        }

        return momenta;
    }

    private static void Write(Stream stream, CheckpointHeader header, Checkpoint checkpoint)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var output = new HashedWriter(writer, hash);
        output.WriteBlock(header.ToJson());
        Write(output, checkpoint.Weights);
        if (checkpoint.Best.Weights is { } best)
        {
            Write(output, best);
        }

        foreach (var momentum in checkpoint.Momenta)
        {
            output.WriteInt32(momentum.Length);
            output.WriteFloats(momentum);
        }

        writer.Write(hash.GetHashAndReset());
    }

    private static CheckpointHeader HeaderOf(IReadOnlyDictionary<string, string> fingerprint, Checkpoint checkpoint) => new()
    {
        Format = CheckpointHeader.CurrentFormat,
        Fingerprint = fingerprint,
        Seed = checkpoint.Seed,
        Stage = checkpoint.Stage,
        EpochsDone = checkpoint.EpochsDone,
        BestScore = checkpoint.Best.ValidationScore,
        ReferenceScore = checkpoint.Best.ReferenceScore,
        Waited = checkpoint.Best.Waited,
        HasBest = checkpoint.Best.Weights is not null,
    };

    private static CheckpointHeader HeaderFrom(HashedReader input)
    {
        var header = CheckpointHeader.FromJson(input.ReadBlock(MaximumHeader));
        if (header.Format != CheckpointHeader.CurrentFormat)
        {
            throw new InvalidDataException(
                $"it has format {header.Format}, and this version reads format {CheckpointHeader.CurrentFormat}");
        }

        CheckpointDamage.Header(header);
        return header;
    }

    private static void Write(HashedWriter output, NetworkWeights weights)
    {
        foreach (var tensor in weights.Layout)
        {
            output.WriteFloats(weights[tensor.Name]);
        }
    }

    private static Dictionary<string, float[]> ReadTensors(HashedReader input, IReadOnlyList<TensorSpec> layout)
        => layout.ToDictionary(tensor => tensor.Name, tensor => input.ReadFloats(tensor.Length));
}
