namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>The results of one row over its seeds.</summary>
internal sealed class ResultGroup(EvidenceRow row, IReadOnlyList<EvidenceResult> results)
{
    public EvidenceRow Row => row;

    public IReadOnlyList<EvidenceResult> Results => results;

    public bool IsStatic => !results[0].HasGates && !results[0].HasExits;

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

    /// <summary>Rows in the table's order, for the number of epochs that most results have.</summary>
    public static IReadOnlyList<ResultGroup> Of(IReadOnlyList<EvidenceResult> results)
    {
        var epochs = results.GroupBy(result => result.Epochs).MaxBy(same => same.Count())?.Key;
        return
        [
            .. from row in EvidenceRows.All
               let own = results.Where(result => result.Row == row.Name && result.Epochs == epochs).ToList()
               where own.Count > 0
               select new ResultGroup(row, own),
        ];
    }

    /// <summary>
    /// Accuracy of a static network of so many MACs, on the straight lines between the static networks measured; null outside their range.
    /// </summary>
    public static double? StaticAccuracy(IReadOnlyList<ResultGroup> groups, double macs)
    {
        var fixedCost = groups.Where(group => group.IsStatic && group.Row.IsPlain).OrderBy(group => group.Macs).ToList();
        for (var i = 0; i + 1 < fixedCost.Count; i++)
        {
            if (macs >= fixedCost[i].Macs && macs <= fixedCost[i + 1].Macs)
            {
                var part = (macs - fixedCost[i].Macs) / (fixedCost[i + 1].Macs - fixedCost[i].Macs);
                return fixedCost[i].Accuracy + (part * (fixedCost[i + 1].Accuracy - fixedCost[i].Accuracy));
            }
        }

        return null;
    }
}
