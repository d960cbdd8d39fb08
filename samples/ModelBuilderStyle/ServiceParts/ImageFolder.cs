namespace ModelBuilderStyle.ServiceParts;

/// <summary>Finds image files in a folder.</summary>
internal static class ImageFolder
{
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"];

    /// <summary>
    /// Full paths of all files below the folder whose ending is an image's. A folder that links lead to is read once, so that links in a
    /// circle end.
    /// </summary>
    public static IEnumerable<string> Files(string folder)
    {
        var read = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Queue<string>([folder]);
        while (pending.TryDequeue(out var next))
        {
            if (!read.Add(Real(next)))
            {
                continue;
            }

            foreach (var file in Directory.EnumerateFiles(next))
            {
                if (Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                {
                    yield return file;
                }
            }

            foreach (var below in Directory.EnumerateDirectories(next))
            {
                pending.Enqueue(below);
            }
        }
    }

    private static string Real(string folder)
        => Path.GetFullPath(new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder);
}
