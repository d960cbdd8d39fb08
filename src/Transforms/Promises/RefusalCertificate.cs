using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Statistics;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>
/// Finds the lowest score at which answers are accepted whose risk is certified: selective classification with guaranteed risk (Geifman and
/// El-Yaniv, NeurIPS 2017), by fixed-sequence testing from strict to loose.
/// </summary>
internal static class RefusalCertificate
{
    /// <summary>Thresholds that are tried, spread over the scores of the choosing rows.</summary>
    private const int Candidates = 200;

    /// <summary>The rule and what is certified about it.</summary>
    /// <exception cref="ArgumentException">Fewer than two rows can be used.</exception>
    /// <exception cref="FormatException">An image cannot be used; the message names the row.</exception>
    public static (RefusalGuarantee Refusal, ClassDistances? Distances) Find(
        GatedResNetModel model, CalibrationSource source, IDataView data, RefusalOptions options)
    {
        var answers = RefusalAnswers.Of(options.Score, model);
        var rows = CalibrationRows.Read(source, data, options.Seed, answers.Add);
        var (scores, distances) = answers.Scores(rows);
        var choosing = Array.ConvertAll(rows.Choosing, row => (scores[row], answers.IsWrong[row]));
        var certifying = Array.ConvertAll(rows.Certifying, row => (Score: scores[row], IsWrong: answers.IsWrong[row]));
        var right = certifying.LongCount(row => !row.IsWrong);
        var refusal = Find(choosing, certifying, options) with
        {
            Accuracy = (double)right / certifying.Length,
            LabelsFit = Guessing.IsBeaten(right, certifying.Length, model.Classes.Count, options.MaximumRisk, options.Confidence),
            LabelsByPosition = source.Label!.IsByPosition,
            RowsWithoutLabel = rows.WithoutLabel,
            RowsOfOtherClasses = rows.OfOtherClasses,
            RowsOfSameGroup = rows.OfSameGroup,
        };
        return (refusal, distances);
    }

    /// <summary>The same from scores.</summary>
    /// <param name="choosing">Score and whether the answer is wrong, of rows that choose.</param>
    /// <param name="certifying">The same of rows that certify.</param>
    /// <param name="options">What is to be promised.</param>
    public static RefusalGuarantee Find(
        (float Score, bool IsWrong)[] choosing, (float Score, bool IsWrong)[] certifying, RefusalOptions options)
    {
        var seldom = 1 - options.Confidence;
        var (chosen, certified) = (new RankedAnswers(choosing), new RankedAnswers(certifying));
        var thresholds = Thresholds(chosen, options.Score);

        // Strict thresholds accept too few rows to certify anything: the walk begins where the choosing rows are surest of success.
        var start = Enumerable.Range(0, thresholds.Length).MinBy(i => chosen.Tail(thresholds[i], options.MaximumRisk));
        float? lowest = null;
        for (var i = start; i < thresholds.Length && certified.Tail(thresholds[i], options.MaximumRisk) <= seldom; i++)
        {
            lowest = thresholds[i];
        }

        var (accepted, errors) = lowest is { } threshold ? certified.Above(threshold) : (0, 0);
        return new RefusalGuarantee
        {
            Score = options.Score,
            Threshold = lowest,
            Rows = certifying.Length,
            Accepted = accepted,
            Errors = errors,
            MaximumRisk = options.MaximumRisk,
            Confidence = options.Confidence,
            UpperBound = lowest is null ? 0 : BinomialBound.UpperBound(errors, accepted, options.Confidence),
            RowsNeeded = lowest is null ? Needed(chosen, certified, thresholds[start], options) : null,
        };
    }

    // From strict to loose; the last accepts every answer.
    private static float[] Thresholds(RankedAnswers chosen, RefusalScore score)
    {
        var step = Math.Max(1, chosen.Count / Candidates);
        var all = score == RefusalScore.Energy ? float.MinValue : 0f;
        return
        [
            .. Enumerable.Range(1, chosen.Count / step).Select(i => chosen.ScoreOf((i * step) - 1)).Append(all).Distinct(),
        ];
    }

    private static long Needed(RankedAnswers chosen, RankedAnswers certified, float threshold, RefusalOptions options)
    {
        var seldom = 1 - options.Confidence;
        var (first, second) = (chosen.Above(threshold), certified.Above(threshold));
        var (accepted, errors) = (first.Accepted + second.Accepted, first.Errors + second.Errors);
        if (BinomialBound.Allowed(certified.Count, options.MaximumRisk, seldom) < 0)
        {
            // The least that can be: how many are accepted says as little as how many are wrong.
            return RowsNeeded.Of(errors, accepted, options.MaximumRisk, seldom, isTooFew: true);
        }

        var coverage = Math.Max(1, accepted) / (double)(chosen.Count + certified.Count);
        return RowsNeeded.Of(errors, accepted, options.MaximumRisk, seldom, isTooFew: false, coverage);
    }
}
