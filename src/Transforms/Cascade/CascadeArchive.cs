using System.Security.Cryptography;
using System.Text.Json;
using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Persistence;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>
/// A cascade in a model file: its two models in folders of their own, as ML.NET stores the steps of a chain, and beside them what the
/// cascade itself has to say, with its SHA-256.
/// </summary>
internal static class CascadeArchive
{
    /// <summary>Version of the format.</summary>
    public const uint Version = 0x00010001;

    private const string FirstFolder = "First";
    private const string SecondFolder = "Second";

    private const string Stage = "stage";
    private const string SecondScore = "secondScore";
    private const string SecondClasses = "secondClasses";

    /// <summary>Room for 100,000 class names.</summary>
    private const int MaximumDescription = 64 << 20;

    /// <summary>
    /// Cascades within cascades that are read. Folders of a file can be nested far deeper than a stack holds; nobody asks that many models.
    /// </summary>
    private const int MaximumNesting = 8;

    [ThreadStatic]
    private static int s_nesting;

    public static void Save(ModelSaveContext context, CascadeTransformer cascade)
    {
        ModelFileHeader.Save(context, CascadeTransformer.Header, writer =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            new HashedWriter(writer, hash).WriteBlock(Describe(cascade.Options));
            writer.Write(hash.GetHashAndReset());
        });
        SubModels.Save(context, cascade.First, FirstFolder);
        SubModels.Save(context, cascade.Second, SecondFolder);
    }

    /// <exception cref="FormatException">The file is no complete, unaltered cascade.</exception>
    public static CascadeTransformer Load(IHostEnvironment environment, ModelLoadContext context)
    {
        if (s_nesting == MaximumNesting)
        {
            throw new FormatException($"This is no usable cascade: it has more than {MaximumNesting} cascades within one another.");
        }

        s_nesting++;
        try
        {
            var options = ModelFileHeader.Load(context, CascadeTransformer.Header, Read);
            var first = SubModels.Load(environment, context, FirstFolder) as GatedResNetTransformer
                ?? throw Corrupt("its first model is missing or no gated network");
            var second = SubModels.Load(environment, context, SecondFolder) ?? throw Corrupt("its second model is missing");
            return new CascadeTransformer(first, second, options);
        }
        catch (ArgumentException error)
        {
            throw Corrupt(error.Message);
        }
        finally
        {
            s_nesting--;
        }
    }

    private static byte[] Describe(CascadeOptions options)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString(Stage, options.StageColumnName);
            writer.WriteString(SecondScore, options.SecondScoreColumnName);
            if (options.SecondClassNames is { } names)
            {
                writer.WriteStartArray(SecondClasses);
                foreach (var name in names)
                {
                    writer.WriteStringValue(name);
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static CascadeOptions Read(BinaryReader reader)
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var description = new HashedReader(reader.BaseStream, hash).ReadBlock(MaximumDescription);
            var computed = hash.GetHashAndReset();
            if (!reader.ReadBytes(computed.Length).AsSpan().SequenceEqual(computed))
            {
                throw Corrupt("its checksum does not match");
            }

            using var document = BoundedJson.Parse(description);
            var root = new StrictObject("It", document.RootElement, members: 2, SecondClasses);
            return new CascadeOptions
            {
                StageColumnName = root.Text(Stage),
                SecondScoreColumnName = root.TextOrNull(SecondScore),
                SecondClassNames = root.Has(SecondClasses) ? root.Texts(SecondClasses) : null,
            };
        }
        catch (EndOfStreamException)
        {
            throw Corrupt("it ends too early");
        }
        catch (Exception error) when (error is InvalidDataException or JsonException)
        {
            throw Corrupt(error is JsonException { LineNumber: not null } ? "its description is damaged" : error.Message);
        }
    }

    // The first sentence says what is wrong; what follows it is advice to whoever made the cascade.
    private static FormatException Corrupt(string problem)
    {
        var end = problem.IndexOf(". ", StringComparison.Ordinal);
        return new($"This is not a complete cascade of AdaptiveInference.ML: {(end < 0 ? problem : problem[..end]).TrimEnd('.')}. "
            + "Save or copy the model again.");
    }
}
