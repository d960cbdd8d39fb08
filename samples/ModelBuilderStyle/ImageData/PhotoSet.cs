namespace ModelBuilderStyle.ImageData;

/// <summary>Training and test images of any size, and which of them belong together.</summary>
/// <param name="Form">What was read, for people.</param>
/// <param name="Train">Images to learn from.</param>
/// <param name="Test">Images that training never sees.</param>
public sealed record PhotoSet(string Form, IReadOnlyList<LabeledImage> Train, IReadOnlyList<LabeledImage> Test)
{
    /// <summary>Files that were left out because they are no images, for people; null when there are none.</summary>
    public string? LeftOut { get; init; }

    /// <summary>
    /// Holds out every fifth group of each class, after shuffling. What belongs together stays together: a network that is judged by images
    /// which it has nearly seen looks better than it is.
    /// </summary>
    /// <param name="images">All images.</param>
    /// <param name="seed">Decides which are held out.</param>
    public static (IReadOnlyList<LabeledImage> Learn, IReadOnlyList<LabeledImage> Hold) Split(IReadOnlyList<LabeledImage> images, int seed)
    {
        const int HeldOutOf = 5;
        var held = new HashSet<string>();
        foreach (var groups in images.GroupBy(image => image.Label, image => image.Group))
        {
            var names = groups.Distinct().ToArray();
            new Random(seed).Shuffle(names);
            held.UnionWith(names.Where((_, i) => i % HeldOutOf == 0 && names.Length > 1));
        }

        return ([.. images.Where(image => !held.Contains(image.Group))], [.. images.Where(image => held.Contains(image.Group))]);
    }
}
