using System.Text.Json;
using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Persistence;

/// <summary>Parses the description in a model file: of bounded depth and size, and with nothing said twice.</summary>
internal static class BoundedJson
{
    private const int MaximumDepth = 8;

    /// <summary>Longest name of a class or column, in bytes.</summary>
    private const int MaximumText = 64 << 10;

    // Of the largest manifest: two texts for each class, and less than this for everything else.
    private const int MaximumTokens = (2 * NetworkSpec.MaximumClasses) + 20_000;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaximumDepth, AllowDuplicateProperties = false };

    /// <exception cref="JsonException">It is no JSON, says something twice, or is too large.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        CheckSize(json.Span);
        try
        {
            return JsonDocument.Parse(json, Strict);
        }
        catch (JsonException error)
        {
            // It has been read once, so that this is all that can be wrong.
            throw new JsonException("Its description of the network says something twice.", error);
        }
    }

    // Counts before anything is built: a document takes a multiple of its text, and text that says little is quickly written.
    private static void CheckSize(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaximumDepth });
        for (var tokens = 0; reader.Read(); tokens++)
        {
            if (tokens == MaximumTokens)
            {
                throw new JsonException(
                    $"It lists more than {MaximumTokens} values, and a network has at most {NetworkSpec.MaximumClasses} classes.");
            }

            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueSpan.Length > MaximumText)
            {
                throw new JsonException($"A text is {reader.ValueSpan.Length} bytes long; names may have {MaximumText}.");
            }
        }
    }
}
