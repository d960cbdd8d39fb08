using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Quantisation;

/// <summary>
/// Finds what 8-bit numbers stand for, from images without labels: the ranges of what convolutions read, with outliers and without, of them
/// those that change the answers on these images least, and the biases that take mean errors off. And which convolutions stay in 32 bits
/// although they would be faster in 8, because too many decisions of gates and exits would change.
/// </summary>
internal static class Int8Fit
{
    // Of gates' decisions, and of rows by their exits.
    private const double MostChanged = 0.0025;

    /// <summary>Of rows by their class: that near ones change places costs no accuracy.</summary>
    public const double MostAnswersChanged = 0.05;

    // By which convolutions are compared, each by itself: their order needs no more.
    private const int MostRowsAlone = 128;

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
        foreach (var sentence in Int8DataWarnings.Of(images))
        {
            warn(sentence);
        }

        var set = Int8SetChoice.Of(model.Blocks, VectorWidthChoice.Best, choice);
        images = images.Some(Evenly(images.Count, Int8Calibration.MostRows));

        // Heads that were fitted to the network in 8 bits are right for that, and not for the one in 32.
        var own = model.Int8 is { Calibration.HeadsFittedAfterwards: true } ? InferencePlan.Compile(model) : floats;
        var before = Int8Answers.Of(images.Through(own), model);
        var best = Find(model, images, before, set);
        if (choice != Int8Choice.All && set.Count > 0 && !best.KeepsDecisions)
        {
            best = LeaveOut(model, images, before, best.Ranges);
        }

        if (Int8DataWarnings.Of(best.Ranges.Calibration) is { } problem)
        {
            warn(problem);
        }

        return best.Ranges;
    }

    // At most so many, evenly over all.
    private static Func<int, bool> Evenly(long count, int most)
        => image => count <= most || image * most / count != (image + 1) * most / count;

    private static Trial Find(GatedResNetModel model, ComputeBudgetImages images, Int8Answers before, Int8Set set)
    {
        var extremes = RangeExtremes.Of(images, model);
        var histograms = RangeHistograms.Of(images, model, extremes);
        (Int8Range Range, float[] Values)[] candidates =
        [
            (Int8Range.MinMax, extremes.Values), (Int8Range.Percentile, histograms.Percentiles()),
            (Int8Range.LeastSquares, histograms.LeastSquares()),
        ];
        var errors = RoundingErrors.Of(images, model, Array.ConvertAll(candidates, candidate => candidate.Values));
        return candidates.Zip(errors, Try).MinBy(trial => trial.Ranges.Calibration.MeanDifference);

        Trial Try((Int8Range Range, float[] Values) candidate, RoundingErrors rounding)
        {
            var unknown = Int8Answers.Unknown(candidate.Range, images.Count);
            return Judged(model, images, before, new Int8Ranges(model.Blocks, candidate.Values, set, rounding.Biases(model), unknown));
        }
    }

    // As few as suffice of those that change answers most for the time that they save. Errors add up like lengths at right angles, so that
    // squares are what counts.
    private static Trial LeaveOut(GatedResNetModel model, ComputeBudgetImages images, Int8Answers before, Int8Ranges all)
    {
        var isSome = Evenly(images.Count, MostRowsAlone);
        var (some, beforeSome) = (images.Some(isSome), before.Some(isSome));
        var saved = Int8SetChoice.Saved(model.Blocks, VectorWidthChoice.Best, all.Set);
        var byChange = Enumerable.Range(0, saved.Length).Where(i => all.Set.Values[i] != 0).OrderByDescending(ChangeForTime).ToList();
        var (fewest, most) = (1, byChange.Count);
        Trial? kept = null;
        while (fewest < most)
        {
            var middle = (fewest + most) / 2;
            var trial = WithoutFirst(middle);
            if (trial.KeepsDecisions)
            {
                (most, kept) = (middle, trial);
            }
            else
            {
                fewest = middle + 1;
            }
        }

        // All are left out where no fewer suffice.
        return kept ?? WithoutFirst(most);

        double ChangeForTime(int convolution)
        {
            var change = With(some, beforeSome, other => other == convolution).Ranges.Calibration.MeanDifference;
            return change * change / Math.Max(1, saved[convolution]);
        }

        Trial WithoutFirst(int count)
        {
            var left = byChange.Take(count).ToHashSet();
            var trial = With(images, before, i => !left.Contains(i));
            var (ranges, calibration) = (trial.Ranges, trial.Ranges.Calibration);
            return trial with { Ranges = ranges.With(model.Blocks, calibration with { ConvolutionsLeftOut = count }) };
        }

        Trial With(ComputeBudgetImages rows, Int8Answers answers, Func<int, bool> isIn)
        {
            float[] flags = [.. all.Set.Values];
            for (var i = 0; i < flags.Length; i++)
            {
                flags[i] = isIn(i) ? flags[i] : 0;
            }

            return Judged(model, rows, answers, all.With(model.Blocks, new Int8Set(model.Blocks, flags)));
        }
    }

    private static Trial Judged(GatedResNetModel model, ComputeBudgetImages images, Int8Answers before, Int8Ranges ranges)
    {
        var answers = Int8Answers.Of(images.Through(InferencePlan.Compile(model.With(ranges))), model);
        var calibration = answers.Against(before, ranges.Calibration.Range);
        var (gates, exits) = answers.Changes(before);

        // Of a few rows one may always change its class.
        var changed = (1 - (calibration.SameAnswers ?? 1)) * calibration.Rows;
        var keeps = gates <= MostChanged && exits <= MostChanged && changed <= Math.Max(1, MostAnswersChanged * calibration.Rows) + 1e-6;
        return new Trial(ranges.With(model.Blocks, calibration), keeps);
    }

    private readonly record struct Trial(Int8Ranges Ranges, bool KeepsDecisions);
}
