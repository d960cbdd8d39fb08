using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Statistics;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>
/// Finds the boldest setting of gates and exits whose accuracy is certified: Pareto testing (Laufer-Goldshtein et al., ICLR 2023), an
/// instance of learn then test (Angelopoulos et al., 2021), with the exact binomial tail.
/// </summary>
internal static class AccuracyCertificate
{
    /// <summary>The setting, what is certified about it, and what parts of the network take where time was measured.</summary>
    /// <param name="model">The model.</param>
    /// <param name="source">Its plan and the columns.</param>
    /// <param name="data">The rows.</param>
    /// <param name="options">What is to be promised.</param>
    /// <param name="measure">Times the parts of a plan on some images.</param>
    /// <exception cref="ArgumentException">Fewer than two rows can be used.</exception>
    /// <exception cref="FormatException">An image cannot be used; the message names the row.</exception>
    public static (ScoringPolicy Policy, AccuracyGuarantee Guarantee, CostTable? Times) Find(
        GatedResNetModel model, CalibrationSource source, IDataView data, AccuracyGuaranteeOptions options,
        Func<InferencePlan, IReadOnlyList<float[]>, CostTable>? measure = null)
    {
        List<CalibrationBuilder>? builders = null;
        CostTable? times = null;
        var right = new List<bool>();
        var rows = CalibrationRows.Read(source, data, options.Seed, part =>
        {
            if (options.Saves == SavedQuantity.Time)
            {
                times ??= (measure ?? PlanTiming.Measure)(source.Plan, part.Images.Some(TimeBudget.Timed));
                part = part with { Images = part.Images.In(CostUnit.TimeFraction(times)) };
            }

            builders ??= [.. CalibrationBuilder.Settings(model, part)];
            int[]? whole = null;
            foreach (var builder in builders)
            {
                whole = builder.Add(part, whole, source.Label is not null);
            }

            right.AddRange(whole!.Zip(part.Labels, (answer, label) => answer == label));
        });
        var settings = builders!.ConvertAll(builder => builder.Build());
        var (choosing, certifying) = (rows.Choosing, rows.Certifying);
        var path = SettingsByCaution.Of(settings, whole: 0, choosing);
        var seldom = 1 - options.Confidence;
        var allowed = BinomialBound.Allowed(certifying.Length, options.MaximumDrop, seldom);
        var (boldest, firstErrors) = path.Walk(settings, certifying, allowed);
        var rightRows = certifying.LongCount(row => right[row]);
        var fit = source.Label is null
            || Guessing.IsBeaten(rightRows, certifying.Length, model.Classes.Count, options.MaximumDrop, options.Confidence);
        boldest = fit ? boldest : -1;
        var never = Enumerable.Repeat(1f, model.Spec.Exits.Count).ToArray();
        var step = boldest < 0 ? new SettingsByCaution.Step(0, never) : path.Steps[boldest];
        var (errors, fraction) = settings[step.Setting].Count(certifying, step.Thresholds);
        var guarantee = new AccuracyGuarantee
        {
            Rows = certifying.Length,
            Errors = errors,
            MaximumDrop = options.MaximumDrop,
            Confidence = options.Confidence,
            UpperBound = boldest < 0 ? 0 : BinomialBound.UpperBound(errors, certifying.Length, options.Confidence),
            MeanComputeFraction = settings[step.Setting].MeanMacs(certifying, step.Thresholds),
            MeanTimeFraction = times is null ? null : fraction,
            HasLabels = source.Label is not null,
            WholeNetworkAccuracy = source.Label is null ? null : (double)rightRows / certifying.Length,
            LabelsFit = fit,
            LabelsByPosition = source.Label?.IsByPosition ?? false,
            RowsWithoutLabel = rows.WithoutLabel,
            RowsOfOtherClasses = rows.OfOtherClasses,
            RowsOfSameGroup = rows.OfSameGroup,
            RowsNeeded = boldest >= 0 ? null
                : path.Steps.Count == 0 || (!fit && allowed >= 0) ? 0
                : RowsNeeded.Of(firstErrors, certifying.Length, options.MaximumDrop, seldom, isTooFew: allowed < 0),
        };
        return (settings[step.Setting].Policy with { ExitConfidence = step.Thresholds }, guarantee, times);
    }
}
