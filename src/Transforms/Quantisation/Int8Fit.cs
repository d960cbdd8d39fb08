using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Quantisation;

/// <summary>
/// Finds what 8-bit numbers stand for, from images without labels: the ranges of what convolutions read, with outliers and without, of them
/// those that change the answers on these images least, and the biases that take mean errors off.
/// </summary>
internal static class Int8Fit
{
    // More say no more: extremes and a ten-thousandth of the values are of many pixels of every image.
    private const int MostRows = 1000;

    /// <summary>Finds the ranges.</summary>
    /// <param name="model">The network, whose thresholds decide which blocks images run through.</param>
    /// <param name="features">Name of the image column.</param>
    /// <param name="data">The images.</param>
    /// <param name="choice">Which convolutions are wanted in 8 bits.</param>
    /// <param name="warn">Told what a user should know about the data.</param>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    /// <exception cref="FormatException">An image cannot be read, or overflows in the network.</exception>
    public static Int8Ranges Find(GatedResNetModel model, string features, IDataView data, Int8Choice choice, Action<string> warn)
    {
        var floats = InferencePlan.Compile(model.Blocks, model.Weights, model.Channels);
        var images = ComputeBudgetImages.Read(model, floats, features, data);
        if (images.ScaleProblem() is { } problem)
        {
            warn(problem);
        }

        return Find(model, images, EightBitSet.Of(model.Blocks, VectorWidthChoice.Best, choice));
    }

    private static Int8Ranges Find(GatedResNetModel model, ComputeBudgetImages images, Int8Set set)
    {
        var every = Math.Max(1, (images.Count + MostRows - 1) / MostRows);
        images = images.Some(image => image % every == 0);
        var before = Int8Answers.Of(images, model);
        var extremes = RangeExtremes.Of(images, model);
        var histograms = RangeHistograms.Of(images, model, extremes);
        (Int8Range Range, float[] Values)[] candidates =
        [
            (Int8Range.MinMax, extremes.Values), (Int8Range.Percentile, histograms.Percentiles()),
            (Int8Range.LeastSquares, histograms.LeastSquares()),
        ];
        var errors = RoundingErrors.Of(images, model, Array.ConvertAll(candidates, candidate => candidate.Values));
        return candidates.Zip(errors, Try).MinBy(ranges => ranges.Calibration.MeanDifference)!;

        Int8Ranges Try((Int8Range Range, float[] Values) candidate, RoundingErrors rounding)
        {
            var unknown = Int8Answers.Unknown(candidate.Range, images.Count);
            var ranges = new Int8Ranges(model.Blocks, candidate.Values, set, rounding.Biases(model), unknown);
            var answers = Int8Answers.Of(images.Through(InferencePlan.Compile(model.With(ranges))), model);
            return ranges.With(model.Blocks, answers.Against(before, candidate.Range));
        }
    }
}
