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

    // Of the images; that many are no accident.
    private const double MostOdd = 0.05;

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
        var lit = reach.Where(largest => largest > 0).Order().ToArray();
        var middle = lit.Length > 0 ? lit[lit.Length / 2] : 0;
        int[] beyond = [.. Enumerable.Range(0, reach.Length).Where(image => reach[image] > MostBeyond * middle)];
        if (beyond.Length > 0 && beyond.Length <= Math.Max(1, MostOdd * reach.Length))
        {
            var (first, of) = (beyond.MinBy(images.RowOf), ShareText.Count(beyond.Length, "image"));
            yield return FormattableString.Invariant($"Pixels of {of} in the calibration data reach far beyond those of the others: row ")
                + FormattableString.Invariant($"{images.RowOf(first)} reaches {reach[first]:G4}, the image in the middle {middle:G4}. ")
                + "8-bit numbers take their ranges from all: leave such rows out (they are numbered from 0 as they are read).";
        }
    }

    /// <summary>About what changed on them; null if nothing.</summary>
    public static string? Of(Int8Calibration calibration)
    {
        var changed = calibration.SameAnswers is { } same
            ? 1 - same > Int8Fit.MostAnswersChanged ? $"the class of {ShareText.Percent(1 - same, "0.#")} % of the calibration rows" : null
            : calibration.MeanDifference > MostFeaturesChanged
                ? $"what heads read by {Difference(calibration.MeanDifference)} on average" : null;
        return changed is null
            ? null
            : $"8 bits changed {changed}. Give several hundred rows like those to be scored; if they are, this network is better left in "
                + "32 bits.";
    }

    private static string Difference(double share) => share < 1 ? $"{ShareText.Percent(share, "0.#")} %" : "100 % or more";

    private static int HashOf(float[] pixels)
    {
        var hash = default(HashCode);
        hash.AddBytes(MemoryMarshal.AsBytes<float>(pixels));
        return hash.ToHashCode();
    }
}
