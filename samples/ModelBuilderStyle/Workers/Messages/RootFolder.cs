namespace ModelBuilderStyle.Workers.Messages;

/// <summary>
/// The folder that images are read from, and no file beside it, whatever a message says: no absolute path, no way up, no link that leads
/// out.
/// </summary>
/// <param name="root">The folder.</param>
/// <param name="maxBytes">Largest file that is read.</param>
internal sealed class RootFolder(string root, int maxBytes)
{
    private const int MostLinks = 40;

    private readonly string _root = Path.TrimEndingDirectorySeparator(Real(Path.GetFullPath(root)));

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path below the root, with <c>/</c>.</param>
    /// <exception cref="MessageException">It is not below the root, not there, no file, or too large.</exception>
    /// <exception cref="IOException">The root itself is not there: no fault of the message.</exception>
    public byte[] Read(string path)
    {
        var shown = ImageMessage.Shown(path);
        if (path.Any(char.IsControl))
        {
            throw new MessageException($"The path '{shown}' has a control character, such as a line break; rename the file.");
        }

        if ((OperatingSystem.IsWindows() && path.AsSpan().IndexOfAny('\\', ':') >= 0) || Path.IsPathRooted(path)
            || path.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw new MessageException($"The path '{shown}' is not one below the root folder, such as 'a/b.png'.");
        }

        try
        {
            return ReadBelow(path, shown);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A network drive that has gone takes every file along: then the message waits, and is not thrown away.
            if (!Directory.Exists(_root))
            {
                throw new IOException($"The root folder '{_root}' is not there.", error);
            }

            throw new MessageException(error is FileNotFoundException or DirectoryNotFoundException
                ? $"There is no file '{shown}' below the root folder."
                : $"The file '{shown}' cannot be read: {error.GetType().Name}.");
        }
    }

    // The path with every link followed. What lies behind the last one that is there is taken as it is.
    private static string Real(string path)
    {
        var pending = new Stack<string>(Parts(path));
        var real = Path.GetPathRoot(path)!;
        for (var links = 0; pending.TryPop(out var part);)
        {
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }

            var next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MostLinks)
            {
                throw new IOException("Too many links.");
            }

            real = Path.IsPathRooted(target) ? Path.GetPathRoot(target)! : real;
            foreach (var further in Parts(target))
            {
                pending.Push(further);
            }
        }

        return real;
    }

    private static IEnumerable<string> Parts(string path)
        => path[Path.GetPathRoot(path)!.Length..]
            .Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries)
            .Where(part => part != ".").Reverse();

    private byte[] ReadBelow(string path, string shown)
    {
        var real = Real(Path.Combine(_root, path));
        var below = _root.EndsWith(Path.DirectorySeparatorChar) ? _root : _root + Path.DirectorySeparatorChar;
        if (!real.StartsWith(below, StringComparison.Ordinal))
        {
            throw new MessageException($"The path '{shown}' leads out of the root folder by a link.");
        }

        // The length is asked for before the file is opened: pipes and devices have none, and opening one would wait for ever.
        var length = new FileInfo(real).Length;
        if (length == 0 || length > maxBytes)
        {
            throw new MessageException(length == 0
                ? $"The file '{shown}' is empty, or no ordinary file."
                : $"The file '{shown}' has {length} bytes; at most {maxBytes} are read.");
        }

        using var file = new FileStream(real, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var bytes = new byte[length];
        var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == length ? bytes : throw new MessageException($"The file '{shown}' is being written to.");
    }
}
