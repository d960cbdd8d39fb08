using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Model;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Persistence;

/// <summary>
/// Writes and reads the body of a saved model: manifest as JSON, weights as little-endian float32 under their names, SHA-256 of both.
/// </summary>
/// <remarks>
/// Reading treats the bytes as hostile: every length is compared with what the architecture in the manifest implies, and with what is
/// left of the stream, before anything of that size is allocated.
/// </remarks>
internal static class ModelArchive
{
    /// <summary>Room for 100,000 class names and their key values.</summary>
    private const int MaximumManifest = 64 << 20;

    private const int MaximumName = 256;

    /// <summary>Behind the weights and under a name that none of them has.</summary>
    private const string MeanImageName = "mean_image";

    /// <summary>
    /// Version of the format that is written: 1.2 added the layout of flat vectors, 1.3 stages of any number of blocks and networks without
    /// classes, 1.4 how images of other proportions are made to fit, other widths, the stride in a bottleneck's first convolution, mean
    /// images, heads over quarters, what is certified with what answers are accepted by, gates that are told a budget, and 8 bits.
    /// </summary>
    public const uint Version = 0x00010004;

    /// <summary>The oldest version of the format that is read.</summary>
    public const uint OldestVersion = 0x00010001;

    /// <summary>
    /// Version of the oldest reader that understands a model: a model without a newer feature does not need the newer reader.
    /// </summary>
    public static uint OldestReader(GatedResNetModel model)
    {
        var architecture = model.Spec.Architecture;
        var isWiderOrStrided = architecture.StemWidth != architecture.UsualStemWidth || architecture.StridesFirst;
        return isWiderOrStrided || model.Resizing != ResizingKind.Fill || model.Channels.MeanImage is not null
            || HasQuarters(model.Spec) || model.Spec.AnyBudget || model.Int8 is not null || model.Guarantee is not null
            || model.Refusal is not null
            ? 0x00010004u
            : !architecture.HasNamedStages || model.Spec.Classes == 0 ? 0x00010003u
            : model.FlatLayout != default ? 0x00010002u
            : OldestVersion;
    }

    // A loop, as everywhere where a model is loaded: in a fresh process each query is several methods to compile.
    private static bool HasQuarters(NetworkSpec spec)
    {
        foreach (var exit in spec.Exits)
        {
            if (exit.Head == HeadKind.Quarters)
            {
                return true;
            }
        }

        return spec.Head == HeadKind.Quarters;
    }

    /// <summary>Writes a model.</summary>
    public static void Write(BinaryWriter writer, GatedResNetModel model, ScoringColumns columns)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var output = new HashedWriter(writer, hash);
        output.WriteBlock(ManifestJson.Write(ModelManifest.Of(model, columns)));
        var means = model.Channels.MeanImage;
        var distances = ManifestDistances.Tensors(model.Distances);
        var others = (means is null ? 0 : 1) + distances.Count + (model.Int8 is null ? 0 : ManifestInt8.Tensors);
        output.WriteInt32(model.Weights.Layout.Count + others);
        foreach (var tensor in model.Weights.Layout)
        {
            Write(output, tensor.Name, model.Weights[tensor.Name]);
        }

        if (means is not null)
        {
            Write(output, MeanImageName, means.Values);
        }

        foreach (var (name, values) in distances)
        {
            Write(output, name, values);
        }

        if (model.Int8 is { } int8)
        {
            Write(output, ManifestInt8.Tensor, int8.Values);
            Write(output, ManifestInt8.SetTensor, int8.Set.Values);
            Write(output, ManifestInt8.BiasTensor, int8.Biases.Values);
        }

        writer.Write(hash.GetHashAndReset());
    }

    private static void Write(HashedWriter output, string name, ReadOnlySpan<float> values)
    {
        output.WriteBlock(Encoding.UTF8.GetBytes(name));
        output.WriteInt32(values.Length);
        output.WriteFloats(values);
    }

    /// <summary>Reads a model and the names of its columns.</summary>
    /// <param name="reader">Stands at the model.</param>
    /// <exception cref="FormatException">
    /// The bytes are not a complete, unaltered model, or one larger than <see cref="ResourceLimits"/> allow.
    /// </exception>
    public static (GatedResNetModel Model, ScoringColumns Columns) Read(BinaryReader reader)
    {
        try
        {
            return ReadCore(reader);
        }
        catch (NetworkTooLargeException error)
        {
            throw new FormatException($"This AdaptiveInference.ML model asks for too much: {error.Message}");
        }
        catch (EndOfStreamException)
        {
            throw Corrupt("it ends too early");
        }
        catch (JsonException error) when (error.LineNumber is not null)
        {
            // The parser's own sentences are about brackets and bytes.
            throw Corrupt("its description of the network is damaged");
        }
        catch (Exception error) when (
            error is InvalidDataException or JsonException or ArgumentException or FormatException or OverflowException)
        {
            throw Corrupt(error.Message);
        }
    }

    private static (GatedResNetModel Model, ScoringColumns Columns) ReadCore(BinaryReader reader)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var input = new HashedReader(reader.BaseStream, hash);
        var manifest = ManifestJson.Read(input.ReadBlock(MaximumManifest));
        var blocks = manifest.ToBlocks();
        var (layout, meanShape) = (WeightLayout.Of(blocks), manifest.MeanShape());
        if (meanShape is not null)
        {
            layout = [.. layout, new TensorSpec(MeanImageName, meanShape.Channels, meanShape.Height, meanShape.Width)];
        }

        var hasDistances = manifest.Refusal is { Score: RefusalScore.Distance };
        if (hasDistances)
        {
            layout = [.. layout, .. ManifestDistances.Layout(blocks)];
        }

        if (manifest.Int8 is not null)
        {
            layout = [.. layout, .. ManifestInt8.Layout(blocks)];
        }

        var tensors = ReadTensors(input, layout);
        var int8 = manifest.Int8 is { } calibration ? ManifestInt8.Take(tensors, blocks, calibration) : null;
        var distances = hasDistances ? ManifestDistances.Take(tensors, blocks) : null;
        var meanImage = tensors.Remove(MeanImageName, out var means) ? new MeanImage(meanShape!, means) : null;
        var weights = new NetworkWeights(blocks, tensors);
        var computed = hash.GetHashAndReset();
        if (!reader.ReadBytes(computed.Length).AsSpan().SequenceEqual(computed))
        {
            throw new InvalidDataException("its checksum does not match");
        }

        var statistics = manifest.ToStatistics(meanImage);
        var model = new GatedResNetModel(blocks, weights, statistics, manifest.Classes.ToLabels(), manifest.ToPolicy())
        {
            FlatLayout = manifest.FlatLayout,
            Resizing = manifest.Resizing,
            Int8 = int8,
            Guarantee = manifest.Guarantee,
            Refusal = manifest.Refusal,
            Distances = distances,
        };
        return manifest.Columns.Problems().FirstOrDefault() is { } problem
            ? throw new InvalidDataException(problem)
            : (model, manifest.Columns);
    }

    private static Dictionary<string, float[]> ReadTensors(HashedReader input, IReadOnlyList<TensorSpec> layout)
    {
        long needed = sizeof(int) + SHA256.HashSizeInBytes;
        foreach (var tensor in layout)
        {
            needed += (sizeof(float) * (long)tensor.Length) + (2 * sizeof(int)) + tensor.Name.Length;
        }

        if (input.Left < needed)
        {
            throw new InvalidDataException($"its network needs {needed} more bytes and {input.Left} are left");
        }

        var count = input.ReadInt32();
        if (count != layout.Count)
        {
            throw new InvalidDataException($"its network has {layout.Count} tensors and {count} are stored");
        }

        var values = new Dictionary<string, float[]>(layout.Count);
        foreach (var tensor in layout)
        {
            var name = Encoding.UTF8.GetString(input.ReadBlock(MaximumName));
            var length = input.ReadInt32();
            if (name != tensor.Name || length != tensor.Length)
            {
                throw new InvalidDataException(
                    $"expected tensor '{tensor.Name}' of {tensor.Length} values, got '{QuotedText.Short(name)}' of {length}");
            }

            var numbers = input.ReadFloats(length);
            if (!FiniteFloats.All(numbers))
            {
                throw new InvalidDataException($"tensor '{name}' holds NaN or infinite values");
            }

            values.Add(name, numbers);
        }

        return values;
    }

    // Without the exception that was caught: ML.NET wraps what is thrown here, and the innermost one is then the whole sentence. What
    // follows the first sentence of a problem is advice on options, which a file has none of.
    private static FormatException Corrupt(string problem)
    {
        var end = problem.IndexOf(". ", StringComparison.Ordinal);
        var reason = (end < 0 ? problem : problem[..end]).TrimEnd('.');
        return new($"This is not a complete AdaptiveInference.ML model: {reason}. Save or copy the model again.");
    }
}
