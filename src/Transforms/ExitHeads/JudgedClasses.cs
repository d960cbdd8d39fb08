using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.ExitHeads;

/// <summary>Says which classes have no image to judge the heads by, and why.</summary>
internal static class JudgedClasses
{
    /// <summary>What a user should know about classes without a say in penalties and confidences.</summary>
    /// <param name="parts">What is learnt from and what judges.</param>
    /// <param name="labels">Class of each image, those of the validation set behind the others.</param>
    /// <param name="classes">All classes.</param>
    /// <param name="hasSet">Whether a validation set judges, in one part.</param>
    /// <param name="groupColumn">Column of what is held out together; null where every image is on its own.</param>
    /// <exception cref="ArgumentException">No image can judge.</exception>
    public static IReadOnlyList<string> Warnings(
        IReadOnlyList<RowFold> parts, int[] labels, ClassLabels classes, bool hasSet, string? groupColumn)
    {
        var judged = parts.SelectMany(part => part.Judging).Select(image => labels[image]).ToHashSet();
        if (judged.Count == 0)
        {
            throw new ArgumentException("No image can judge the heads: " + WhyNone(hasSet, groupColumn));
        }

        var taught = (hasSet ? parts[0].Learning.Select(image => labels[image]) : labels).ToHashSet();
        var silent = Names(taught.Except(judged), classes);
        var untaught = Names(labels.Distinct().Except(taught), classes);
        var sentences = new List<string>();
        if (silent.Length > 0)
        {
            sentences.Add($"No image of {ClassList.Few(silent)} has a say in penalties and confidences: {WhySilent(hasSet, groupColumn)}");
        }

        if (untaught.Length > 0)
        {
            sentences.Add(
                $"Images of {ClassList.Few(untaught)} in the validation set have no say in penalties and confidences: the training "
                + "data has none to learn from.");
        }

        return sentences;
    }

    private static string WhyNone(bool hasSet, string? groupColumn)
        => hasSet ? "the validation set has rows only of classes of which the training data has none. Give it rows of the others."
            : groupColumn is null
                ? "at least two images of each class are needed, one to judge and one to learn from. Give more images, or a ValidationSet."
                : $"all images of each class belong together by column '{groupColumn}', so that they cannot be held out and learnt at "
                    + "once. Give images of several groups for each class.";

    private static string WhySilent(bool hasSet, string? groupColumn)
        => hasSet ? "the validation set has none. Give it some."
            : groupColumn is null ? "at least two images of each class are needed, one to judge and one to learn from."
            : $"all images of such a class belong together by column '{groupColumn}', so that it cannot be held out and learnt at once.";

    private static string[] Names(IEnumerable<int> numbers, ClassLabels classes)
        => [.. numbers.Order().Select(number => classes.Names[number])];
}
