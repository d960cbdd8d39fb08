namespace ModelBuilderStyle.Workers.Folders;

/// <summary>The images of a folder, as messages name them.</summary>
internal static class ImagePaths
{
    /// <summary>Paths below the folder, with <c>/</c> on every system.</summary>
    public static IEnumerable<string> Of(string folder)
        => ImageFolder.Files(folder).Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'));
}
