namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>What certificates say of the calibration rows and their labels.</summary>
internal static class CalibrationText
{
    /// <summary>Which rows were left out and why; empty where none was. It begins with a space, to be put behind a sentence.</summary>
    /// <param name="withoutLabel">Rows without a label.</param>
    /// <param name="otherClasses">Rows of classes that the network does not know.</param>
    /// <param name="sameGroup">Rows of groups of which another row counts.</param>
    public static string LeftOut(long withoutLabel, long otherClasses, long sameGroup)
    {
        string?[] reasons =
        [
            withoutLabel > 0 ? $"{ShareText.Count(withoutLabel)} without a label" : null,
            otherClasses > 0 ? $"{ShareText.Count(otherClasses)} of classes that the network does not know" : null,
            sameGroup > 0 ? $"{ShareText.Count(sameGroup)} because another row of the same group counts" : null,
        ];
        var left = withoutLabel + otherClasses + sameGroup;
        return left == 0 ? ""
            : $" {ShareText.Count(left, "row was", "rows were")} left out: {string.Join(", ", reasons.OfType<string>())}.";
    }

    /// <summary>That names had no say; empty where they had.</summary>
    public static string ByPosition(bool isByPosition) => isByPosition
        ? " Labels were matched to classes by their position alone, because keys or classes have no names: see that both count alike."
        : "";

    /// <summary>That answers and labels have nothing to do with each other; empty where they have.</summary>
    /// <param name="fit">Whether they do.</param>
    /// <param name="who">Whose answers they are, with its verb.</param>
    /// <param name="accuracy">How many of them are right.</param>
    public static string Misfit(bool fit, string who, double? accuracy) => fit || accuracy is null
        ? ""
        : $" {who} right on {ShareText.Percent(accuracy.Value, "0.0")} % of these rows, not clearly better than by guessing: {Advice}";

    /// <summary>What to look for where answers are not clearly better than guesses.</summary>
    public const string Advice = "look whether these labels belong to these images, and mean the classes that the network was trained on.";
}
