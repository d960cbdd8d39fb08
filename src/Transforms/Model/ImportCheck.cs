using System.Globalization;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>What every import of a network is told, and what can be wrong with it, as sentences.</summary>
internal static class ImportCheck
{
    /// <exception cref="ArgumentException">There are problems; the message lists them all.</exception>
    public static void ThrowIfAny(IEnumerable<string> problems)
    {
        var sentences = problems.ToList();
        if (sentences.Count > 0)
        {
            throw new ArgumentException("The import options are not usable. " + string.Join(" ", sentences));
        }
    }

    /// <summary>What is wrong with class names, whatever their number.</summary>
    public static IEnumerable<string> Names(IReadOnlyList<string> names)
    {
        if (names.Any(string.IsNullOrEmpty))
        {
            yield return "ClassNames must not be empty.";
        }
        else if (names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } repeated)
        {
            yield return $"ClassNames must differ, got '{repeated.Key}' {repeated.Count()} times.";
        }
    }

    /// <summary>What is wrong with channel statistics; null is right.</summary>
    public static IEnumerable<string> Statistics(int channels, IReadOnlyList<float>? mean, IReadOnlyList<float>? deviation)
    {
        if (mean is not null && (mean.Count != channels || !mean.All(float.IsFinite)))
        {
            yield return $"ChannelMean must hold one finite value for each of the {channels} channels, got [{Numbers(mean)}].";
        }

        if (deviation is not null && (deviation.Count != channels || !deviation.All(value => float.IsFinite(value) && value > 0)))
        {
            yield return $"ChannelStandardDeviation must hold one positive value for each of the {channels} channels, "
                + $"got [{Numbers(deviation)}].";
        }
    }

    /// <summary>What is wrong with the way in which images are made to fit.</summary>
    public static IEnumerable<string> Resizing(ResizingKind resizing)
        => Enum.IsDefined(resizing) ? [] : [$"Resizing must be Fill, IsoCrop or IsoPad, got {resizing}."];

    /// <summary>What is wrong with the names of columns.</summary>
    public static IEnumerable<string> Columns(ScoringColumns columns)
        => columns.Problems().Concat(columns.Hiding(columns.Features, "the images"));

    private static string Numbers(IEnumerable<float> values)
        => string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
