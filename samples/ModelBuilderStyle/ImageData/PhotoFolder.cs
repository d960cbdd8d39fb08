namespace ModelBuilderStyle.ImageData;

/// <summary>
/// Somebody's own photos: <c>FOLDER/CLASS/FILE.jpg</c>, or the same below <c>FOLDER/train</c> and <c>FOLDER/test</c>. What stands in a
/// folder below a class folder belongs together (<c>FOLDER/CLASS/OBJECT/FILE.jpg</c>); a file right in the class folder stands alone.
/// </summary>
public static class PhotoFolder
{
    /// <summary>Fewest images of a class to learn from; without a folder <c>test</c>, one more is needed to test with.</summary>
    public const int FewestImages = 4;

    private static readonly HashSet<string> TrainNames = new(
        ["train", "training", "val", "valid", "validation"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> TestNames = new(["test"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="seed">Without a folder <c>test</c>: decides which images of each class are test images, about one in five.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">There are no classes, only one, or too few images of one; the message says so.</exception>
    public static PhotoSet Read(string folder, int seed)
    {
        DataFolder.Check(folder);
        var subfolders = PhotoTree.Subfolders(folder);
        var names = subfolders.Select(sub => Path.GetFileName(sub)).ToList();
        return (names.Any(TrainNames.Contains) && names.Any(TestNames.Contains)) || (names.Count > 0 && names.All(IsPart))
            ? OfParts(folder, [.. subfolders.Where(sub => IsPart(Path.GetFileName(sub)))])
            : OfClasses(folder, seed);
    }

    private static bool IsPart(string name) => TrainNames.Contains(name) || TestNames.Contains(name);

    // A folder val is for training too: what has to be held out there is held out by the trainers.
    private static PhotoSet OfParts(string folder, IReadOnlyList<string> subfolders)
    {
        var parts = subfolders.ToLookup(sub => TestNames.Contains(Path.GetFileName(sub)));
        if (!parts[true].Any() || !parts[false].Any())
        {
            throw new InvalidDataException(
                $"'{folder}' has a folder '{Path.GetFileName(subfolders[0])}' but none named '{(parts[true].Any() ? "train" : "test")}': "
                + "add it, or put the class folders right into the data folder.");
        }

        var (train, test) = (PhotoTree.Join([.. parts[false].Select(PhotoTree.Read)]), PhotoTree.Read(parts[true].Single()));
        CheckClasses(folder, train, FewestImages, "to learn from");
        if (test.Classes.Except(train.Classes).FirstOrDefault() is { } unknown)
        {
            throw new InvalidDataException($"'{folder}' has test images of class '{unknown}', but none to learn from.");
        }

        return test.Images.Count == 0
            ? throw new InvalidDataException($"'{folder}' has no test images: its folder 'test' holds none.")
            : new PhotoSet("class folders below train and test", train.Images, test.Images)
            {
                LeftOut = PhotoTree.Join([train, test]).LeftOut,
            };
    }

    private static PhotoSet OfClasses(string folder, int seed)
    {
        var tree = PhotoTree.Read(folder);
        CheckClasses(folder, tree, FewestImages + 1, $"{FewestImages} to learn from and one to test with");
        var (train, test) = PhotoSet.Split(tree.Images, seed);
        return new PhotoSet("class folders", train, test) { LeftOut = tree.LeftOut };
    }

    private static void CheckClasses(string folder, PhotoTree tree, int fewest, string purpose)
    {
        if (tree.Classes.Count == 0)
        {
            throw new InvalidDataException(
                $"'{folder}' has no class folders: put the images of each class into a folder of its own in it, such as "
                + $"'{Path.Combine(folder, "cat", "1.jpg")}'.");
        }

        if (tree.Classes.Count == 1)
        {
            throw new InvalidDataException($"'{folder}' has images of one class only, '{tree.Classes[0]}': at least two are needed.");
        }

        foreach (var name in tree.Classes)
        {
            var images = tree.Images.Where(image => image.Label == name).ToList();
            var groups = images.Select(image => image.Group).Distinct().Count();
            if (groups < fewest)
            {
                var have = groups < images.Count
                    ? $"images of {groups} {(groups == 1 ? "thing" : "things")} (a subfolder is one)"
                    : $"{groups} images";
                throw new InvalidDataException(
                    $"Class '{name}' of '{folder}' has {have}: at least {fewest} are needed, {purpose}."
                    + (tree.LeftOut is { } other ? $" Left out: {other}." : ""));
            }
        }
    }
}
