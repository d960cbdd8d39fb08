using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>
/// The labelled images that a run may use. Every way to a model gets the same ones: a way that needs some of them to choose epochs,
/// penalties or thresholds by takes <see cref="Validation"/> out of them, another learns from <see cref="All"/>.
/// </summary>
/// <param name="Training">To learn from.</param>
/// <param name="Validation">To choose by.</param>
internal sealed record LabelledImages(IReadOnlyList<Photo> Training, IReadOnlyList<Photo> Validation)
{
    /// <summary>All labelled images.</summary>
    public const string Everything = "all";

    /// <summary>Those of the folder <c>train</c>, for ways that need no other labelled images.</summary>
    public const string TrainingPart = "train";

    private const double ValidationPart = 0.15;

    public IReadOnlyList<Photo> All => [.. Training, .. Validation];

    /// <param name="data">The data set.</param>
    /// <param name="size"><see cref="Everything"/>, <see cref="TrainingPart"/>, or a number of images a class.</param>
    /// <param name="seed">Chooses which images.</param>
    public static LabelledImages Of(PhotoFolder data, string size, int seed)
    {
        if (size is Everything or TrainingPart)
        {
            return new LabelledImages(data.Training, size == Everything ? data.Validation : []);
        }

        var perClass = int.Parse(size, CultureInfo.InvariantCulture);
        var random = new Random(seed);
        var (training, validation) = (new List<Photo>(), new List<Photo>());
        foreach (var photosOfClass in data.Labelled.GroupBy(photo => photo.Label).OrderBy(photos => photos.Key, StringComparer.Ordinal))
        {
            // Whole groups, until there are enough.
            var groups = photosOfClass.GroupBy(photo => photo.Group).OrderBy(group => group.Key, StringComparer.Ordinal).ToArray();
            random.Shuffle(groups);
            var count = 0;
            var chosen = groups.TakeWhile(group => (count += group.Count()) <= perClass).ToList();
            var held = Math.Max(1, (int)Math.Round(ValidationPart * chosen.Count));
            validation.AddRange(chosen.Take(held).SelectMany(group => group));
            training.AddRange(chosen.Skip(held).SelectMany(group => group));
        }

        return new LabelledImages(training, validation);
    }
}
