namespace AdaptiveInference.ML.Transforms.Files;

/// <summary>The one way in which this library writes files: they appear only when they are complete.</summary>
internal static class AtomicFile
{
    private const string Temporary = ".tmp";

    /// <summary>
    /// Writes beside the file and then moves what was written into its place; a failure leaves what was there before and nothing else. A
    /// symbolic link stays a link, and what it leads to is written, even where that is not there yet. A file that is replaced passes on its
    /// Unix permissions. What is no regular file (a device, a pipe) has no place to move into and is written directly.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written, or the path is that of a folder or of links that lead in a
    /// circle.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var target = FileTarget.Of(path);
        if (target.IsReplaceable)
        {
            Replace(path, target.Path, write);
            return;
        }

        // Others may have a device or pipe open too, so it is not locked.
        using var stream = new FileStream(target.Path, target.Mode, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        write(stream);
    }

    /// <summary>Deletes what <see cref="Write"/> had begun when its process was killed. Only for a path that nobody is writing
    /// now.</summary>
    public static void DeleteLeftovers(string path)
    {
        var target = FileTarget.Of(path).Path;
        var start = Path.GetFileName(target) + ".";
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(target)!))
        {
            var name = Path.GetFileName(file);
            if (name.StartsWith(start, StringComparison.Ordinal) && name.EndsWith(Temporary, StringComparison.Ordinal))
            {
                File.Delete(file);
            }
        }
    }

    private static void Replace(string path, string target, Action<Stream> write)
    {
        var folder = Path.GetDirectoryName(target);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(
                $"'{path}' cannot be written: there is no folder '{folder}'. Make the folder, or choose another.");
        }

        CheckWritable(target);
        var beside = $"{target}.{Path.GetRandomFileName()}{Temporary}";
        var permissions = PermissionsOf(target);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (permissions is { } mode)
        {
            // From the start, so that no other user can read the content before it is complete.
            options.UnixCreateMode = mode;
        }

        using var stream = Create(path, folder, beside, options);
        try
        {
            write(stream);
            stream.Flush();
            Restore(stream, permissions);

            // On the disk before it replaces the old one: a power cut must not leave an empty file under the old name.
            stream.Flush(flushToDisk: true);
            stream.Dispose();
            File.Move(beside, target, overwrite: true);
        }
        catch
        {
            // Windows deletes no file that is open.
            stream.SafeFileHandle.Dispose();
            File.Delete(beside);
            throw;
        }
    }

    // A file that may not be written is not replaced either, though the folder would allow it.
    private static void CheckWritable(string target)
    {
        if (File.Exists(target))
        {
            new FileStream(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }
    }

    private static FileStream Create(string path, string folder, string beside, FileStreamOptions options)
    {
        try
        {
            return new FileStream(beside, options);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new UnauthorizedAccessException(
                $"'{path}' cannot be written: folder '{folder}' takes no new files, and a file is first written beside its place. Choose "
                + "another folder.",
                error);
        }
    }

    private static UnixFileMode? PermissionsOf(string file)
    {
        const UnixFileMode readWriteExecute = (UnixFileMode)0b111_111_111;
        return !OperatingSystem.IsWindows() && File.Exists(file) ? File.GetUnixFileMode(file) & readWriteExecute : null;
    }

    // The process's umask may have taken away some of what the old file had.
    private static void Restore(FileStream stream, UnixFileMode? permissions)
    {
        if (!OperatingSystem.IsWindows() && permissions is { } mode && File.GetUnixFileMode(stream.SafeFileHandle) != mode)
        {
            File.SetUnixFileMode(stream.SafeFileHandle, mode);
        }
    }
}
