using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ModelBuilderStyle.WebApi;

/// <summary>
/// Reads image files out of request bodies, into memory and within limits. The limits are kept here and not left to the server, which cuts
/// the connection at its own: the client would see a broken connection where it should see why it was refused.
/// </summary>
internal static class Uploads
{
    private const string Raw = "application/octet-stream";
    private const string Multipart = "multipart/form-data";
    private const int LongestBoundary = 70;
    private const int LongestName = 200;
    private const int CopyBytes = 16 * 1024;

    /// <summary>Parts of a form that are no files, such as text fields, are left out; so many are tolerated.</summary>
    private const int MaxOtherParts = 16;

    /// <summary>The image of a body that is one, or of a form with one file.</summary>
    /// <exception cref="RequestProblem">The body is something else, or does not come.</exception>
    public static Task<byte[]> ReadOneAsync(HttpRequest request, ApiSettings settings, UploadMemoryLimit.Holder held)
        => InTimeAsync(settings, held, cancellation => ReadOneAsync(request, settings, held, cancellation));

    /// <summary>The files of a form.</summary>
    /// <exception cref="RequestProblem">The body is something else or does not come, or there are no files or too many.</exception>
    public static Task<IReadOnlyList<UploadedImage>> ReadManyAsync(HttpRequest request, ApiSettings settings, UploadMemoryLimit.Holder held)
        => TypeOf(request) is { } type && Is(type, Multipart)
            ? InTimeAsync(settings, held, cancellation => ReadFilesAsync(
                request, type, new Limits(settings.MaxImageBytes, settings.MaxBatchBytes, settings.MaxBatchImages), held, cancellation))
            : throw new RequestProblem(
                StatusCodes.Status415UnsupportedMediaType, $"Send the images as the files of {Multipart}; got {Shown(request)}.");

    /// <summary>A body of any kind.</summary>
    /// <param name="request">The request.</param>
    /// <param name="settings">How long it may take.</param>
    /// <param name="maxBytes">Most bytes.</param>
    /// <param name="held">Counts them.</param>
    /// <exception cref="RequestProblem">It has more bytes, or does not come.</exception>
    public static Task<byte[]> ReadBodyAsync(HttpRequest request, ApiSettings settings, int maxBytes, UploadMemoryLimit.Holder held)
        => InTimeAsync(settings, held, cancellation => ReadAsync(
            new BodyStream(request.BodyReader), request.ContentLength ?? 0, maxBytes, held, cancellation, "The body"));

    // A body holds a connection and its bytes while it comes in: senders that dawdle must not hold them for ever.
    private static async Task<T> InTimeAsync<T>(ApiSettings settings, UploadMemoryLimit.Holder held, Func<CancellationToken, Task<T>> read)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(held.Stopped);
        patience.CancelAfter(TimeSpan.FromSeconds(settings.MaxReadSeconds));
        try
        {
            return await read(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !held.Stopped.IsCancellationRequested)
        {
            throw new RequestProblem(
                StatusCodes.Status408RequestTimeout, $"The body did not come within {settings.MaxReadSeconds} seconds.");
        }
    }

    private static async Task<byte[]> ReadOneAsync(
        HttpRequest request, ApiSettings settings, UploadMemoryLimit.Holder held, CancellationToken cancellation)
    {
        var type = TypeOf(request);
        if (type is not null && (type.Type.Equals("image", StringComparison.OrdinalIgnoreCase) || Is(type, Raw)))
        {
            return await ReadAsync(
                new BodyStream(request.BodyReader), request.ContentLength ?? 0, settings.MaxImageBytes, held, cancellation);
        }

        if (type is null || !Is(type, Multipart))
        {
            throw new RequestProblem(
                StatusCodes.Status415UnsupportedMediaType,
                $"Send the image as the body with Content-Type image/png, image/jpeg, … or {Raw}, or as the one file of {Multipart}; "
                + $"got {Shown(request)}.");
        }

        var limits = new Limits(settings.MaxImageBytes, settings.MaxImageBytes, Files: 1);
        var files = await ReadFilesAsync(request, type, limits, held, cancellation);
        return files[0].Bytes;
    }

    private static async Task<IReadOnlyList<UploadedImage>> ReadFilesAsync(
        HttpRequest request, MediaTypeHeaderValue type, Limits limits, UploadMemoryLimit.Holder held, CancellationToken cancellation)
    {
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        if (boundary.Length is 0 or > LongestBoundary)
        {
            throw RequestProblem.Bad($"{Multipart} needs a boundary of 1 to {LongestBoundary} characters.");
        }

        // The reader's own limit is for the parts that are no files: a file's is found below, and named.
        var reader = new MultipartReader(boundary, new BodyStream(request.BodyReader))
        {
            BodyLengthLimit = limits.FileBytes + (2L * CopyBytes),
        };
        try
        {
            return await ReadFilesAsync(reader, limits, held, cancellation);
        }
        catch (Exception exception) when (
            exception is InvalidDataException or IOException and not (BadHttpRequestException or ConnectionResetException))
        {
            throw RequestProblem.Bad($"The body is no complete {Multipart}.");
        }
    }

    private static async Task<IReadOnlyList<UploadedImage>> ReadFilesAsync(
        MultipartReader reader, Limits limits, UploadMemoryLimit.Holder held, CancellationToken cancellation)
    {
        var files = new List<UploadedImage>();
        var (bytes, others) = (0L, 0);
        while (await reader.ReadNextSectionAsync(cancellation) is { } section)
        {
            if (NameOf(section) is not { } name)
            {
                Check(++others, MaxOtherParts, $"A form may have at most {MaxOtherParts} parts that are no files.");
                continue;
            }

            Check(
                files.Count + 1, limits.Files,
                limits.Files == 1
                    ? "One file is taken here; /predict/batch takes several."
                    : $"At most {limits.Files} files are taken in one request.");
            files.Add(new UploadedImage(name, await ReadAsync(section.Body, 0, limits.FileBytes, held, cancellation)));
            bytes += files[^1].Bytes.Length;
            Check(bytes, limits.AllBytes, $"The files of one request may have at most {limits.AllBytes} bytes together.");
        }

        return files.Count > 0 ? files : throw RequestProblem.Bad("There is no file in the form.");
    }

    private static async Task<byte[]> ReadAsync(
        Stream body, long expected, int maxBytes, UploadMemoryLimit.Holder held, CancellationToken cancellation,
        string what = "An image file")
    {
        CheckSize(expected, maxBytes, what);

        // Room for what is announced is made as it comes: announcing costs a client nothing.
        using var whole = new MemoryStream((int)Math.Min(expected, CopyBytes));
        var part = new byte[CopyBytes];
        for (var read = await body.ReadAsync(part, cancellation); read > 0; read = await body.ReadAsync(part, cancellation))
        {
            CheckSize(whole.Length + read, maxBytes, what);
            held.Add(read);
            if (whole.Length + read > whole.Capacity && 2L * whole.Capacity >= expected && whole.Length + read <= expected)
            {
                whole.Capacity = (int)expected;
            }

            whole.Write(part, 0, read);
        }

        return whole.Length == whole.Capacity ? whole.GetBuffer() : whole.ToArray();
    }

    private static void CheckSize(long bytes, int maxBytes, string what)
        => Check(bytes, maxBytes, $"{what} may have at most {maxBytes} bytes.");

    private static void Check(long value, int most, string otherwise)
    {
        if (value > most)
        {
            throw new RequestProblem(StatusCodes.Status413PayloadTooLarge, otherwise);
        }
    }

    // Null for a part that is no file.
    private static string? NameOf(MultipartSection section)
    {
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || !disposition.IsFileDisposition())
        {
            return null;
        }

        var name = HeaderUtilities.RemoveQuotes(
            disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).ToString();
        return name.Length <= LongestName ? name : name[..LongestName];
    }

    // Media types are the same in capitals (RFC 9110, 8.3.1).
    private static bool Is(MediaTypeHeaderValue type, string name) => type.MediaType.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static MediaTypeHeaderValue? TypeOf(HttpRequest request)
        => MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? type : null;

    private static string Shown(HttpRequest request)
        => string.IsNullOrEmpty(request.ContentType) ? "no Content-Type" : $"Content-Type '{request.ContentType}'";

    private readonly record struct Limits(int FileBytes, int AllBytes, int Files);
}
