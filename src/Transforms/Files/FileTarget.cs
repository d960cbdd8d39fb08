namespace AdaptiveInference.ML.Transforms.Files;

/// <summary>Where a path that is to be written leads.</summary>
/// <param name="Path">The file, without links where it is replaceable.</param>
/// <param name="IsReplaceable">Whether it is a regular file or not there yet, so that another file can take its place.</param>
/// <param name="Mode">How to open what is not replaceable.</param>
internal readonly record struct FileTarget(string Path, bool IsReplaceable, FileMode Mode = FileMode.Open)
{
    // As many as Linux follows.
    private const int MaximumLinks = 40;

    // Links in here lead to open files and pipes, and what they say is often no path.
    private const string OpenFiles = "/proc/";

    private const string WindowsDevices = @"\\.\";

    /// <exception cref="IOException">The path is that of a folder, or of links that lead in a circle.</exception>
    public static FileTarget Of(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        if (System.IO.Path.EndsInDirectorySeparator(full) || Directory.Exists(full))
        {
            throw new IOException($"'{path}' cannot be written: it is a folder. Give the path of a file.");
        }

        return full.StartsWith(WindowsDevices, StringComparison.Ordinal) || SpecialFile.Is(full)
            ? new FileTarget(full, IsReplaceable: false)
            : Follow(path, full);
    }

    // Part by part and not with the framework's function for links: that takes ".." in a link for the folder above in the text, which is
    // another one where a folder is itself a link.
    private static FileTarget Follow(string path, string full)
    {
        var current = System.IO.Path.GetPathRoot(full)!;
        var rest = new Stack<string>();
        Push(rest, full);
        var links = 0;
        while (rest.TryPop(out var part))
        {
            if (part == "..")
            {
                current = System.IO.Path.GetDirectoryName(current) ?? current;
                continue;
            }

            var next = System.IO.Path.Join(current, part);
            if (new FileInfo(next).LinkTarget is not { } link)
            {
                current = next;
                continue;
            }

            if (OperatingSystem.IsLinux() && next.StartsWith(OpenFiles, StringComparison.Ordinal))
            {
                return new FileTarget(full, IsReplaceable: false, FileMode.Create);
            }

            if (++links > MaximumLinks)
            {
                throw new IOException(
                    $"'{path}' cannot be written: its symbolic links lead in a circle, or there are more than {MaximumLinks}. Let the link "
                    + "lead to a file, or delete it.");
            }

            if (System.IO.Path.IsPathRooted(link))
            {
                current = System.IO.Path.GetPathRoot(link)!;
            }

            Push(rest, link);
        }

        return new FileTarget(current, IsReplaceable: true);
    }

    private static void Push(Stack<string> rest, string path)
    {
        var root = System.IO.Path.GetPathRoot(path) ?? "";
        var parts = path[root.Length..].Split([System.IO.Path.DirectorySeparatorChar, System.IO.Path.AltDirectorySeparatorChar]);
        foreach (var part in parts.Reverse().Where(part => part is not ("" or ".")))
        {
            rest.Push(part);
        }
    }
}
