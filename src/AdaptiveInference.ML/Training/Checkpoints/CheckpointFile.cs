using System.Security.Cryptography;
using System.Text.Json;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Persistence;

namespace AdaptiveInference.ML.Training.Checkpoints;

/// <summary>
/// Writes and reads one checkpoint: header, weights, best weights if any, momenta, SHA-256 of it all. A new one is written beside the old
/// one and then takes its place in one step, so that a process that is killed at any moment leaves a whole checkpoint.
/// </summary>
internal static class CheckpointFile
{
    private const int MaximumHeader = 16 << 20;

    /// <exception cref="IOException">The disk is full or the folder cannot be written.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, string> fingerprint, Checkpoint checkpoint)
    {
        var beside = path + ".new";
        try
        {
            WriteBeside(beside, fingerprint, checkpoint);
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }

    /// <summary>Reads only the header, which says whether the rest fits.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or of another version.</exception>
    public static CheckpointHeader ReadHeader(string path) => Read(path, (input, _) => HeaderFrom(input));

    /// <summary>Reads a checkpoint of a network.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or of another version or network.</exception>
    public static Checkpoint Read(string path, BlockPlan plan) => Read(path, (input, file) =>
    {
        var header = HeaderFrom(input);
        var layout = WeightLayout.Of(plan);
        var parameters = layout.Where(tensor => !IsStatistic(tensor.Name)).Select(tensor => tensor.Length).ToList();
        long needed = (layout.Sum(tensor => (long)tensor.Length) * (header.HasBest ? 2 : 1)) + parameters.Sum(length => 1L + length);
        if (input.Left != (needed * sizeof(float)) + SHA256.HashSizeInBytes)
        {
            throw new InvalidDataException("it is of another length than its network needs");
        }

        var weights = ReadWeights(input, plan, layout);
        var best = header.HasBest ? ReadWeights(input, plan, layout) : null;
        var momenta = new List<float[]>();
        var most = parameters.Max();
        for (var i = 0; i < parameters.Count; i++)
        {
            var length = input.ReadInt32();
            momenta.Add(length >= 0 && length <= most ? input.ReadFloats(length) : throw new InvalidDataException("a momentum has a wrong length"));
        }

        var computed = file.Hash.GetHashAndReset();
        var stored = new byte[computed.Length];
        file.Stream.ReadExactly(stored);
        return stored.AsSpan().SequenceEqual(computed)
            ? new Checkpoint
            {
                Seed = header.Seed,
                Stage = header.Stage,
                EpochsDone = header.EpochsDone,
                Weights = weights,
                Momenta = momenta,
                Best = new BestWeights.State(best, header.BestMerit, header.Mark, header.Waited),
            }
            : throw new InvalidDataException("its checksum does not match");
    });

    private static T Read<T>(string path, Func<HashedReader, (FileStream Stream, IncrementalHash Hash), T> read)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            return read(new HashedReader(file, hash), (file, hash));
        }
        catch (Exception error) when (error is InvalidDataException or JsonException or EndOfStreamException)
        {
            throw new InvalidDataException($"The checkpoint '{path}' is damaged: {error.Message.TrimEnd('.')}. Delete it to start anew.", error);
        }
    }

    private static void WriteBeside(string beside, IReadOnlyDictionary<string, string> fingerprint, Checkpoint checkpoint)
    {
        using var file = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        using var writer = new BinaryWriter(file);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var output = new HashedWriter(writer, hash);
        output.WriteBlock(HeaderOf(fingerprint, checkpoint).ToJson());
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
        writer.Flush();

        // On the disk before it replaces the old one: a power cut must not leave an empty file under the old name.
        file.Flush(flushToDisk: true);
    }

    private static CheckpointHeader HeaderOf(IReadOnlyDictionary<string, string> fingerprint, Checkpoint checkpoint) => new()
    {
        Fingerprint = fingerprint,
        Seed = checkpoint.Seed,
        Stage = checkpoint.Stage,
        EpochsDone = checkpoint.EpochsDone,
        BestMerit = checkpoint.Best.Merit,
        Mark = checkpoint.Best.Mark,
        Waited = checkpoint.Best.Waited,
        HasBest = checkpoint.Best.Weights is not null,
    };

    private static CheckpointHeader HeaderFrom(HashedReader input)
    {
        var header = CheckpointHeader.FromJson(input.ReadBlock(MaximumHeader));
        return header.Format == CheckpointHeader.CurrentFormat
            ? header
            : throw new InvalidDataException($"it has format {header.Format}, and this version reads format {CheckpointHeader.CurrentFormat}");
    }

    private static void Write(HashedWriter output, NetworkWeights weights)
    {
        foreach (var tensor in weights.Layout)
        {
            output.WriteFloats(weights[tensor.Name]);
        }
    }

    private static NetworkWeights ReadWeights(HashedReader input, BlockPlan plan, IReadOnlyList<TensorSpec> layout)
        => new(plan, layout.ToDictionary(tensor => tensor.Name, tensor => input.ReadFloats(tensor.Length)));

    private static bool IsStatistic(string name) => Networks.NetworkTensors.IsStatistic(name);
}
