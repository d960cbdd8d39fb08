namespace ModelBuilderStyle.ImageData;

/// <summary>What is found in a folder with one folder per class, in an order that does not depend on the file system.</summary>
/// <param name="Classes">Names of the class folders, those without images too.</param>
/// <param name="Images">The images.</param>
/// <param name="OtherFiles">Extensions of the files that are none.</param>
public sealed record PhotoTree(IReadOnlyList<string> Classes, IReadOnlyList<LabeledImage> Images, IReadOnlyList<string> OtherFiles)
{
    // Left by file managers and archivers; nobody misses them.
    private static readonly HashSet<string> Litter = new(["Thumbs.db", "desktop.ini", "__MACOSX"], StringComparer.OrdinalIgnoreCase);

    /// <summary>How many files of which kinds are no images that can be read, for people; null when there are none.</summary>
    public string? LeftOut => OtherFiles.Count == 0 ? null : string.Join(", ", OtherFiles
        .CountBy(extension => extension)
        .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)
        .Select(pair => $"{pair.Value} {(pair.Value == 1 ? "file" : "files")} {pair.Key}"));

    /// <summary>Reads a folder with one folder per class.</summary>
    public static PhotoTree Read(string folder)
    {
        var (images, others) = (new List<LabeledImage>(), new List<string>());
        var classes = Subfolders(folder);
        foreach (var sub in classes)
        {
            foreach (var file in Files(sub).Order(StringComparer.Ordinal))
            {
                if (ClassFolders.IsImage(file))
                {
                    images.Add(new LabeledImage(Path.GetFileName(sub), file, () => File.ReadAllBytes(file), Group(sub, file)));
                }
                else
                {
                    var extension = Path.GetExtension(file).ToLowerInvariant();
                    others.Add(extension.Length > 0 ? extension : "without extension");
                }
            }
        }

        return new PhotoTree([.. classes.Select(sub => Path.GetFileName(sub))], images, others);
    }

    /// <summary>Several folders as one.</summary>
    public static PhotoTree Join(IReadOnlyList<PhotoTree> trees) => new(
        [.. trees.SelectMany(tree => tree.Classes).Distinct().Order(StringComparer.Ordinal)],
        [.. trees.SelectMany(tree => tree.Images)],
        [.. trees.SelectMany(tree => tree.OtherFiles)]);

    /// <summary>Folders in a folder, hidden ones left out.</summary>
    public static IReadOnlyList<string> Subfolders(string folder)
        => [.. Directory.EnumerateDirectories(folder).Where(IsVisible).Order(StringComparer.Ordinal)];

    // A class folder may be a link; one inside it could lead back to where it stands.
    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder).Where(IsVisible)
        .Concat(Subfolders(folder).Where(sub => new DirectoryInfo(sub).LinkTarget is null).SelectMany(Files));

    private static bool IsVisible(string path) => Path.GetFileName(path) is var name && !name.StartsWith('.') && !Litter.Contains(name);

    private static string? Group(string classFolder, string file)
        => Path.GetRelativePath(classFolder, file).Split(Path.DirectorySeparatorChar) is [var group, _, ..]
            ? Path.Combine(classFolder, group)
            : null;
}
