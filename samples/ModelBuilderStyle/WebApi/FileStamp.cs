namespace ModelBuilderStyle.WebApi;

/// <summary>What changes when a file is replaced or written to.</summary>
/// <param name="Path">Where its content lies: behind a link, which may be turned to another file.</param>
/// <param name="Written">When it was last written.</param>
/// <param name="Length">Its bytes.</param>
internal sealed record FileStamp(string Path, DateTime Written, long Length)
{
    /// <summary>The stamp of a file; null when there is none.</summary>
    public static FileStamp? Of(string path)
    {
        try
        {
            // Container platforms turn links: of the file, or of a folder above it, which the times show.
            var file = new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
            return file.Exists ? new FileStamp(file.FullName, file.LastWriteTimeUtc, file.Length) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
