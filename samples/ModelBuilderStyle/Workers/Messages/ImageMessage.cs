using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelBuilderStyle.Workers.Messages;

/// <summary>A message as senders write it: one image, or the paths of many.</summary>
internal static class ImageMessage
{
    /// <summary>Type of the content of a message with paths.</summary>
    public const string PathsType = "application/json";

    private const string BytesType = "application/octet-stream";
    private const string ImageType = "image/";

    // In UTF-8. What databases index has a limit: PostgreSQL's is 2,704 bytes.
    private const int MaxPathBytes = 1024;

    // A letter of a path may be written with six.
    private const int MaxBytesPerPath = 6 * MaxPathBytes;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = 3,
        AllowDuplicateProperties = false,
    };

    /// <summary>Writes paths as a message's body.</summary>
    public static byte[] Write(IReadOnlyList<string> paths) => JsonSerializer.SerializeToUtf8Bytes(new PathList(paths), Json);

    /// <summary>Reads a message.</summary>
    /// <param name="contentType">What its sender says that it is.</param>
    /// <param name="body">Its body.</param>
    /// <param name="name">What its sender calls it; the name of the image when it brings one.</param>
    /// <param name="settings">What a message may ask for.</param>
    /// <exception cref="MessageException">It is none that a worker can do anything with.</exception>
    public static IReadOnlyList<ImageSource> Read(string? contentType, ReadOnlyMemory<byte> body, string name, WorkerSettings settings)
    {
        var type = contentType?.Split(';')[0].Trim().ToLowerInvariant() ?? "";
        if (type == PathsType)
        {
            return ReadPaths(body, settings);
        }

        if (type != BytesType && !type.StartsWith(ImageType, StringComparison.Ordinal))
        {
            throw new MessageException(
                $"The content type must be {PathsType} for paths, or {ImageType}… or {BytesType} for an image, got '{Shown(type)}'.");
        }

        return body.Length <= settings.MaxImageBytes
            ? [new ImageSource(Shown(name), body)]
            : throw new MessageException($"The image has {body.Length} bytes; at most {settings.MaxImageBytes} are read.");
    }

    /// <summary>Text of strangers for messages and results: no control characters, and not endless.</summary>
    public static string Shown(string text)
    {
        const int most = 300;
        var shown = string.Concat(text.Take(most).Select(letter => IsUnsafe(letter) ? '?' : letter));
        return text.Length > most ? shown + "…" : shown;
    }

    /// <summary>Whether a letter of a stranger's text may not stand in logs and databases as it is.</summary>
    public static bool IsUnsafe(char letter) => char.IsControl(letter) || char.IsSurrogate(letter);

    private static List<ImageSource> ReadPaths(ReadOnlyMemory<byte> body, WorkerSettings settings)
    {
        if (body.Length > (long)settings.MaxPaths * MaxBytesPerPath)
        {
            throw new MessageException($"The list of paths has {body.Length} bytes: too many for {settings.MaxPaths} paths.");
        }

        IReadOnlyList<string> paths;
        try
        {
            paths = JsonSerializer.Deserialize<PathList>(body.Span, Json)?.Paths ?? [];
        }
        catch (JsonException error)
        {
            throw new MessageException(
                $"The body must be {{\"paths\": [\"a/b.png\", …]}}, and is not at line {error.LineNumber + 1}, byte "
                + $"{error.BytePositionInLine + 1}.");
        }

        if (paths.Count == 0 || paths.Count > settings.MaxPaths)
        {
            throw new MessageException($"A message must have 1 to {settings.MaxPaths} paths, got {paths.Count}.");
        }

        // One path twice in a message is one image.
        return
        [
            .. paths.Distinct(StringComparer.Ordinal).Select(path => path is null || Encoding.UTF8.GetByteCount(path) > MaxPathBytes
                ? throw new MessageException($"A path must have at most {MaxPathBytes} bytes.")
                : new ImageSource(path, null)),
        ];
    }

    private sealed record PathList([property: JsonRequired] IReadOnlyList<string> Paths);
}
