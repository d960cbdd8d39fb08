namespace AdaptiveInference.ML.Training.Checkpoints;

/// <summary>
/// Keeps a checkpoint folder for one <c>Fit</c>. What counts is that the file is open and not that it is there: the operating system
/// releases it when the process ends, however it ends.
/// </summary>
/// <remarks>
/// A file system that knows no locks (some network folders) locks nothing: training works there, and two at once are not noticed.
/// </remarks>
internal sealed class FolderLock : IDisposable
{
    /// <summary>Name of the file in the folder.</summary>
    public const string FileName = "training.lock";

    // What .NET puts into HResult: the errors of a file that another has locked on Linux, on macOS, and on Windows (two of them).
    private static readonly int[] HeldByAnother = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <returns>Null when another <c>Fit</c> has the folder.</returns>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static FolderLock? TryTake(string folder)
    {
        try
        {
            // Deleted before the lock is released; .NET makes sure that no process gets a lock on a file that is no longer there.
            return new FolderLock(new FileStream(
                Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose));
        }
        catch (IOException error) when (HeldByAnother.Contains(error.HResult))
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();
}
