using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Quantisation;

/// <summary>Says what is odd about images from which 8-bit numbers take their ranges, and about what came of it.</summary>
internal static class Int8DataWarnings
{
    private const int FewestDifferent = 20;

    // Times the largest value of the image in the middle. Photos in the dark reach a tenth of what others do.
    private const float MostBeyond = 16;

    private const double MostAnswersChanged = 0.05;
    private const double MostFeaturesChanged = 0.25;

    /// <summary>About the images.</summary>
    public static IEnumerable<string> Of(ComputeBudgetImages images)
    {
        if (images.ScaleProblem() is { } problem)
        {
            yield return problem;
        }

        var pixels = images.Some(images.Count);
        var different = pixels.Select(HashOf).Distinct().Count();
        if (different < FewestDifferent)
        {
            yield return $"The calibration data has {ShareText.Count(different, "different image")}. 8-bit numbers take their ranges from "
                + "them: give a few hundred images like those to be scored.";
        }

        var reach = pixels.Select(image => Math.Abs(TensorPrimitives.MaxMagnitude<float>(image))).ToArray();
        var middle = reach.Order().ElementAt(reach.Length / 2);
        int[] beyond = [.. Enumerable.Range(0, reach.Length).Where(image => reach[image] > MostBeyond * middle)];
        if (beyond.Length > 0 && middle > 0)
        {
            var (first, of) = (beyond.MinBy(images.RowOf), ShareText.Count(beyond.Length, "image"));
            yield return FormattableString.Invariant($"Pixels of {of} in the calibration data reach far beyond those of the others: row ")
                + FormattableString.Invariant($"{images.RowOf(first)} reaches {reach[first]:G4}, the image in the middle {middle:G4}. ")
                + "8-bit numbers take their ranges from all: leave such rows out.";
        }
    }

    /// <summary>About what changed on them; null if nothing.</summary>
    public static string? Of(Int8Calibration calibration)
    {
        var changed = calibration.SameAnswers is { } same
            ? 1 - same > MostAnswersChanged ? $"the class of {ShareText.Percent(1 - same, "0.#")} % of the calibration rows" : null
            : calibration.MeanDifference > MostFeaturesChanged
                ? $"what heads read by {ShareText.Percent(calibration.MeanDifference, "0.#")} % on average" : null;
        return changed is null
            ? null
            : $"8 bits changed {changed}. See whether the rows are images like those to be scored, and several hundred; if so, leave "
                + "this network in 32 bits.";
    }

    private static int HashOf(float[] pixels)
    {
        var hash = default(HashCode);
        hash.AddBytes(MemoryMarshal.AsBytes<float>(pixels));
        return hash.ToHashCode();
    }
}
