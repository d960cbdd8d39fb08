using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Promises;
using AdaptiveInference.ML.Transforms.Statistics;

namespace AdaptiveInference.ML.Benchmarks.Promises;

/// <summary>
/// Draws calibration rows from all scored images, with replacement, certifies by them, and looks at all images what the promise was worth:
/// these are then the whole world, whose drop and risk are known exactly.
/// </summary>
internal sealed class Resampling(GatedResNetTransformer model, ScoredImages images, int resamplings)
{
    private const double Confidence = 0.95;

    private readonly int[] _world = [.. Enumerable.Range(0, images.Count)];

    /// <summary>Guarantees by as many calibration rows, for each drop.</summary>
    public IEnumerable<ResamplingResult> Guarantees(int rows, double[] drops)
    {
        var outcomes = new (bool IsBroken, double Fraction, bool IsCertified)[resamplings, drops.Length];
        var never = Enumerable.Repeat(1f, images.Settings[0].ExitCost.Length).ToArray();
        var whole = images.Settings[0].Count(_world, never).Fraction;
        Parallel.For(0, resamplings, draw =>
        {
            var (choosing, certifying) = Split(rows, draw);
            var path = SettingsByCaution.Of(images.Settings, whole: 0, choosing);
            for (var i = 0; i < drops.Length; i++)
            {
                var allowed = BinomialBound.Allowed(certifying.Length, drops[i], 1 - Confidence);
                var (boldest, _) = path.Walk(images.Settings, certifying, allowed);
                if (boldest < 0)
                {
                    outcomes[draw, i] = (false, whole, false);
                    continue;
                }

                var step = path.Steps[boldest];
                var (errors, fraction) = images.Settings[step.Setting].Count(_world, step.Thresholds);
                outcomes[draw, i] = (errors > drops[i] * images.Count, fraction, true);
            }
        });
        return drops.Select((drop, i) => Result("guarantee", rows, drop, draw => outcomes[draw, i]));
    }

    /// <summary>Refusals by as many calibration rows, for each risk.</summary>
    public IEnumerable<ResamplingResult> Refusals(int rows, double[] risks, RefusalScore score)
    {
        var outcomes = new (bool, double, bool)[resamplings, risks.Length];
        Parallel.For(0, resamplings, draw =>
        {
            var (choosing, certifying) = Split(rows, draw);

            // As in use, distances are fitted by the rows of this draw that choose.
            var scores = images.Distances(model, score == RefusalScore.Distance ? choosing : []).Of(score, images.Answers);
            (float Score, bool IsWrong)[] world = [.. _world.Select(row => (scores[row], images.IsWrong[row]))];
            for (var i = 0; i < risks.Length; i++)
            {
                var options = new RefusalOptions { MaximumRisk = risks[i], Confidence = Confidence, Score = score };
                var refusal = RefusalCertificate.Find(
                    Array.ConvertAll(choosing, row => world[row]), Array.ConvertAll(certifying, row => world[row]), options);
                var accepted = world.Where(row => refusal.Accepts(row.Score)).ToList();
                var errors = accepted.Count(row => row.IsWrong);
                outcomes[draw, i] = (errors > risks[i] * accepted.Count, accepted.Count / (double)images.Count, accepted.Count > 0);
            }
        });
        return risks.Select((risk, i) => Result(
            $"refusal, {score.ToString().ToLowerInvariant()}", rows, risk, draw => outcomes[draw, i]));
    }

    private ResamplingResult Result(string what, int rows, double promise, Func<int, (bool IsBroken, double Value, bool IsCertified)> of)
    {
        var all = Enumerable.Range(0, resamplings).Select(of).ToList();
        return new ResamplingResult(
            what, rows, promise, all.Average(one => one.IsBroken ? 1.0 : 0), all.Average(one => one.IsCertified ? 1.0 : 0),
            all.Average(one => one.Value), all.Select(one => one.Value).Order().ElementAt(all.Count / 2), resamplings);
    }

    private (int[] Choosing, int[] Certifying) Split(int rows, int draw)
    {
        var random = new Random(draw + 1);
        int[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(images.Count))];
        var choosing = rows / CalibrationSplit.Groups;
        return (Draw(choosing), Draw(rows - choosing));
    }
}

/// <summary>What many certificates were worth.</summary>
/// <param name="What">Guarantee or refusal.</param>
/// <param name="Rows">Calibration rows.</param>
/// <param name="Promise">Largest drop or risk.</param>
/// <param name="Broken">Share of the certificates whose promise does not hold.</param>
/// <param name="Certified">Share that certify anything.</param>
/// <param name="Mean">Mean compute, or share of accepted answers.</param>
/// <param name="Median">Its median.</param>
/// <param name="Resamplings">Certificates.</param>
internal sealed record ResamplingResult(
    string What, int Rows, double Promise, double Broken, double Certified, double Mean, double Median, int Resamplings)
{
    /// <summary>Most that chance allows: 5 % and two standard errors.</summary>
    public double Limit => 0.05 + (2 * Math.Sqrt(0.05 * 0.95 / Resamplings));
}
