namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>The results of one row over its seeds.</summary>
internal sealed class ResultGroup(EvidenceRow row, IReadOnlyList<EvidenceResult> results)
{
    public EvidenceRow Row => row;

    public IReadOnlyList<EvidenceResult> Results => results;

    public long FullMacs => results[0].FullMacs;

    public double Accuracy => Mean(result => result.Trained.Accuracy);

    public double Macs => Mean(result => result.Trained.MeanMacs);

    public double Mean(Func<EvidenceResult, double> value) => results.Average(value);

    /// <summary>Mean over the seeds that have the value; null when none has.</summary>
    public double? MeanOf(Func<EvidenceResult, double?> value) => results.Select(value).OfType<double>().Cast<double?>().Average();

    /// <summary>Half the distance between the best and the worst seed.</summary>
    public double Spread(Func<EvidenceResult, double> value) => (results.Max(value) - results.Min(value)) / 2;

    /// <summary>The points that all seeds have, by budget: mean MACs and mean accuracy.</summary>
    public IReadOnlyList<(double Budget, double Macs, double Accuracy)> Curve()
        => [.. results.SelectMany(result => result.Curve).GroupBy(point => point.Budget!.Value)
            .Where(points => points.Count() == results.Count).OrderBy(points => points.Key)
            .Select(points => (points.Key, points.Average(point => point.MeanMacs), points.Average(point => point.Accuracy)))];

    /// <summary>The first seed's points of the curve at which controls were run.</summary>
    public IReadOnlyList<TestPoint> Controlled() => [.. results[0].Curve.Where(point => point.ShuffledAccuracy is not null)];

    /// <summary>Accuracy on the curve at a budget in MACs; null where it has no such point.</summary>
    public TestPoint? At(double macs, bool controlled = false)
    {
        var points = results.Select(result => result.Curve.FirstOrDefault(
            point => Math.Abs((point.Budget!.Value * FullMacs / macs) - 1) < 1e-6 && (!controlled || point.ShuffledAccuracy is not null)))
            .OfType<TestPoint>().ToList();
        return points.Count < results.Count ? null : points[0] with
        {
            Accuracy = points.Average(point => point.Accuracy),
            MeanMacs = points.Average(point => point.MeanMacs),
            ShuffledAccuracy = points.Average(point => point.ShuffledAccuracy),
        };
    }

    /// <summary>Points above the best static network of no more MACs and no more epochs at a budget; null where there is none.</summary>
    public double? GainAt(IReadOnlyList<ResultGroup> groups, double macs)
        => At(macs) is { } point && StaticAccuracy([.. groups.Where(group => group.AllEpochs <= AllEpochs)], point.MeanMacs) is { } rival
            ? 100 * (point.Accuracy - rival)
            : null;

    /// <summary>Epochs of training in all, those of the networks that it starts from too.</summary>
    public int AllEpochs => results[0].Epochs * Trainings(row);

    private static int Trainings(EvidenceRow row)
        => row.Asked is var (first, second) ? Math.Max(Trainings(EvidenceRows.Of(first)), Trainings(EvidenceRows.Of(second)))
            : 1 + (row.StartsFrom is { } start ? Trainings(EvidenceRows.Of(start)) : 0);

    /// <summary>The static networks as anybody would train them, the best for its MACs each.</summary>
    public static IReadOnlyList<ResultGroup> Rivals(IReadOnlyList<ResultGroup> groups)
        => [.. groups.Where(group => group.Row.IsPlain).GroupBy(group => group.Macs)
            .Select(same => same.MaxBy(group => group.Accuracy)!).OrderBy(group => group.Macs)];

    /// <summary>Rows in the table's order, for the number of epochs that most results have.</summary>
    public static IReadOnlyList<ResultGroup> Of(IReadOnlyList<EvidenceResult> results)
        => results.GroupBy(result => result.Epochs).MaxBy(same => same.Count()) is { } most ? Of(results, most.Key) : [];

    /// <summary>Rows in the table's order, for a number of epochs.</summary>
    public static IReadOnlyList<ResultGroup> Of(IReadOnlyList<EvidenceResult> results, int epochs) =>
    [
        .. from row in EvidenceRows.All
           let own = results.Where(result => result.Row == row.Name && result.Epochs == epochs).ToList()
           where own.Count > 0
           select new ResultGroup(row, own),
    ];

    /// <summary>
    /// Accuracy that static networks reach with so many MACs: on the straight line between the two measured beside it, or that of a smaller
    /// one where it is better; below the smallest that one's, which costs more. Null above the largest.
    /// </summary>
    public static double? StaticAccuracy(IReadOnlyList<ResultGroup> groups, double macs)
    {
        var rivals = Rivals(groups).ToList();
        if (rivals.FindIndex(rival => rival.Macs >= macs) is var above && above <= 0)
        {
            return above < 0 ? null : rivals[0].Accuracy;
        }

        var (low, high) = (rivals[above - 1], rivals[above]);
        var part = (macs - low.Macs) / (high.Macs - low.Macs);
        return Math.Max(low.Accuracy + (part * (high.Accuracy - low.Accuracy)), rivals.Take(above).Max(rival => rival.Accuracy));
    }
}
