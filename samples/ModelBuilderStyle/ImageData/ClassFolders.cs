namespace ModelBuilderStyle.ImageData;

/// <summary>Finds the images of a tree with one folder per class.</summary>
public static class ClassFolders
{
    private static readonly HashSet<string> Extensions = new(
        [".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a folder has at least two subfolders with images.</summary>
    public static bool Match(string folder) => Directory.EnumerateDirectories(folder).Count(sub => Images(sub).Any()) >= 2;

    /// <summary>The images, in an order that does not depend on the file system. The name of a folder is the class.</summary>
    public static IReadOnlyList<LabeledImage> Read(string folder)
        => [.. from sub in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
               from file in Images(sub).Order(StringComparer.Ordinal)
               select new LabeledImage(Path.GetFileName(sub), file, () => File.ReadAllBytes(file))];

    /// <summary>Whether a file is an image by its name.</summary>
    public static bool IsImage(string file) => Extensions.Contains(Path.GetExtension(file));

    private static IEnumerable<string> Images(string folder)
        => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(IsImage);
}
