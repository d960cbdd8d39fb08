namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>
/// A data set as <c>train/CLASS/NAME.png</c>, <c>val/…</c> and <c>test/…</c>. Pictures of one object have one name but for what stands
/// behind the last hyphen (<c>bee-google.png</c>, <c>bee-twitter.png</c>), and belong together.
/// </summary>
internal sealed class PhotoFolder
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg"];

    private PhotoFolder(IReadOnlyList<Photo> training, IReadOnlyList<Photo> validation, IReadOnlyList<Photo> test)
        => (Training, Validation, Test) = (training, validation, test);

    public IReadOnlyList<Photo> Training { get; }

    public IReadOnlyList<Photo> Validation { get; }

    public IReadOnlyList<Photo> Test { get; }

    /// <summary>Every image that has a label to learn from.</summary>
    public IReadOnlyList<Photo> Labelled => [.. Training, .. Validation];

    /// <exception cref="BenchmarkArgumentException">A part of the data set is missing.</exception>
    public static PhotoFolder Read(string folder)
        => new(Part(Path.Combine(folder, "train")), Part(Path.Combine(folder, "val")), Part(Path.Combine(folder, "test")));

    private static List<Photo> Part(string folder)
    {
        List<Photo> photos = Directory.Exists(folder)
            ? [.. from file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                  where Extensions.Contains(Path.GetExtension(file).ToLowerInvariant())
                  select Of(file)]
            : [];
        return photos.Count > 0
            ? photos
            : throw new BenchmarkArgumentException(
                $"There are no images in '{folder}'; the data set is train/CLASS/NAME.png, val/…, test/….");
    }

    private static Photo Of(string file)
    {
        var (label, name) = (Path.GetFileName(Path.GetDirectoryName(file))!, Path.GetFileNameWithoutExtension(file));
        var end = name.LastIndexOf('-');
        return new Photo { Path = file, Label = label, Group = $"{label}/{(end > 0 ? name[..end] : name)}" };
    }
}
