namespace AdaptiveInference.ML.Reports.Data;

/// <summary>
/// How many answers are given with which probability, and how many of them are wrong: in bins, so that its size
/// does not grow with the rows.
/// </summary>
internal sealed class CoverageHistogram
{
    private const int Bins = 2_000;

    private readonly long[] _answers = new long[Bins];
    private readonly long[] _wrong = new long[Bins];

    /// <summary>Counts an answer.</summary>
    /// <param name="probability">Its probability, 0 to 1.</param>
    /// <param name="isWrong">Whether it is wrong.</param>
    public void Add(float probability, bool isWrong)
    {
        // Most answers are nearly certain, so that bins are narrow there: by the square root of the doubt.
        var bin = Math.Clamp((int)(Math.Sqrt(Math.Clamp(1 - probability, 0, 1)) * Bins), 0, Bins - 1);
        _answers[bin]++;
        _wrong[bin] += isWrong ? 1 : 0;
    }

    /// <summary>
    /// Share of wrong answers among the surest, for every share that is accepted; at least one point, the last of all answers.
    /// </summary>
    public IReadOnlyList<(double Coverage, double Risk)> Curve()
    {
        var points = new List<(double, double)>();
        var (answers, wrong, all) = (0L, 0L, Math.Max(1, _answers.Sum()));
        for (var bin = 0; bin < Bins; bin++)
        {
            if (_answers[bin] == 0)
            {
                continue;
            }

            answers += _answers[bin];
            wrong += _wrong[bin];
            points.Add((answers / (double)all, wrong / (double)answers));
        }

        return points.Count > 0 ? points : [(0, 0)];
    }
}
