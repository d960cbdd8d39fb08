namespace AdaptiveInference.ML.Transforms.Interop;

/// <summary>Files that appear only when they are complete.</summary>
internal static class WholeFile
{
    /// <summary>Writes beside the file and then moves what was written into its place; a failure leaves what was there before.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var beside = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            using (var stream = new FileStream(beside, FileMode.CreateNew))
            {
                write(stream);
            }

            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }
}
