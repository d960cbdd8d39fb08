using System.Globalization;
using System.Text;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>What was wanted of networks that adapt, and how near each attempt came, as Markdown behind the tables.</summary>
internal static class EvidenceGoals
{
    private const string Reference = "static20";
    private static readonly double[] Shares = [0.3, 0.5, 0.7];

    /// <summary>Shares of the compute for which networks were trained alone.</summary>
    private static readonly double[] Targets = [0.5, 0.7];

    /// <param name="set">The data set.</param>
    /// <param name="groups">The rows of the tables.</param>
    /// <param name="results">All results, those of other numbers of epochs too.</param>
    public static string Format(EvidenceSet set, IReadOnlyList<ResultGroup> groups, IReadOnlyList<EvidenceResult> results)
    {
        var text = new StringBuilder();
        if (groups.FirstOrDefault(group => group.Row.Name == Reference) is { } reference)
        {
            Attempts(text, set, groups, reference.FullMacs);
            AnyBudget(text, groups, reference.FullMacs);
            foreach (var epochs in results.Select(result => result.Epochs).Where(epochs => epochs > reference.Results[0].Epochs)
                .Distinct().Order())
            {
                Longer(text, ResultGroup.Of(results, epochs), epochs, reference.FullMacs);
            }
        }

        return text.ToString();
    }

    private static void Attempts(StringBuilder text, EvidenceSet set, IReadOnlyList<ResultGroup> groups, double macs)
    {
        var rows = groups.Where(group => Shares.Any(share => group.At(share * macs, controlled: true) is not null)
            || (set != EvidenceSet.Fashion && group.Curve().Count > 0)).ToList();
        if (rows.Count == 0)
        {
            return;
        }

        Line(text, $"");
        Line(text, $"## Attempts at paths that pay");
        Line(text, $"");
        Line(text, $"Points above static networks of no more MACs and no more epochs in all, and points that another image's path costs,");
        Line(text, $"at shares of ResNet-20's MACs. Wanted on the harder data set: 0.5 points above at 50 and 70 % for gates alone, 1");
        Line(text, $"point at 30 and 50 % for exits with gates, and 2 points lost on another image's path.");
        Line(text, $"");
        Line(text, $"| Network | seeds | epochs in all | above: {Heads(Shares)} | lost: {Heads(Shares)} | as trained |");
        Line(text, $"|---|---|---|---|{string.Concat(Shares.Concat(Shares).Select(_ => "---|"))}");
        foreach (var row in rows)
        {
            var above = Shares.Select(share => EvidenceTable.Points(row.GainAt(groups, share * macs)));
            var lost = Shares.Select(share => Lost(row.At(share * macs, controlled: true))).Append(Lost(row.Results[0].Trained));
            Line(text, $"| {row.Row.Title} | {row.Results.Count} | {row.AllEpochs} | {string.Join(" | ", above.Concat(lost))} |");
        }
    }

    private static string Lost(TestPoint? point)
        => (100 * (point?.Accuracy - point?.ShuffledAccuracy))?.ToString("F2", CultureInfo.InvariantCulture) ?? "";

    private static string Heads(IEnumerable<double> shares)
        => string.Join(" | ", shares.Select(share => FormattableString.Invariant($"{share:P0}")));

    private static void AnyBudget(StringBuilder text, IReadOnlyList<ResultGroup> groups, double macs)
    {
        var rows = groups.Where(group => Start(group.Row) is not null).ToList();
        if (rows.Count == 0)
        {
            return;
        }

        double[] shares = [0.25, 0.3, 0.5, 0.6, 0.7, 0.8, 1];
        Line(text, $"");
        Line(text, $"## One network for any budget against its static network");
        Line(text, $"");
        Line(text, $"Points of accuracy above the static network of the same seeds, as the tables have it. *Trained for*: above the best");
        Line(text, $"network of its kind, without exits, that was trained for that share alone. Wanted of gates alone on");
        Line(text, $"Fashion-MNIST: no worse than −1.5 at 25 %, −0.5 from 50 % on, −0.2 with every block run, and −0.3 against a network");
        Line(text, $"trained for the share alone.");
        Line(text, $"");
        Line(text, $"| Network | its static network | {Heads(shares)} | trained for {Heads(Targets)} |");
        Line(text, $"|---|---|{string.Concat(shares.Concat(Targets).Select(_ => "---|"))}");
        foreach (var row in rows)
        {
            if (groups.FirstOrDefault(group => group.Row.Name == Start(row.Row)) is { } start && OfSeeds(start, row) is { } accuracy)
            {
                var points = shares.Select(share => EvidenceTable.Points(100 * (row.At(share * macs)?.Accuracy - accuracy)));
                var single = Targets.Select(
                    share => EvidenceTable.Points(100 * (row.At(share * macs)?.Accuracy - Single(groups, row, share))));
                Line(text, $"| {row.Row.Title} | {100 * accuracy:F2} | {string.Join(" | ", points.Concat(single))} |");
            }
        }
    }

    // The static network of a row that is for any budget, or that asks such a row.
    private static string? Start(EvidenceRow row)
        => row.Asked is var (first, _) ? Start(EvidenceRows.Of(first)) : row.Options.FirstBudget is null ? null : row.StartsFrom;

    private static double? Single(IReadOnlyList<ResultGroup> groups, ResultGroup row, double share) => groups
        .Where(group => group.Row is { Asked: null, Options: { FirstBudget: null, Exits: null } options }
            && options.GetType() == row.Row.Options.GetType() && Math.Abs((Target(options) ?? 0) - share) < 1e-6)
        .Max(group => (double?)group.Accuracy);

    private static float? Target(GatedResNetTrainerOptions options) => options switch
    {
        ConvNetAigTrainer.Options { AsPublished: false } gates => gates.TargetRate,
        SkipNetTrainer.Options { AsPublished: false } gates => gates.TargetComputeFraction,
        _ => null,
    };

    private static double? OfSeeds(ResultGroup start, ResultGroup row)
    {
        var seeds = row.Results.Select(result => result.Seed).ToHashSet();
        return start.Results.Where(result => seeds.Contains(result.Seed)).Select(result => (double?)result.Trained.Accuracy).Average();
    }

    private static void Longer(StringBuilder text, IReadOnlyList<ResultGroup> groups, int epochs, double macs)
    {
        double[] shares = [0.2, 0.3, 0.4, 0.5];
        Line(text, $"");
        Line(text, $"## With {epochs} epochs");
        Line(text, $"");
        Line(text, $"Accuracy in % at shares of ResNet-20's MACs and, in brackets, points above static networks of equal MACs and epochs.");
        Line(text, $"Wanted of exits on Fashion-MNIST: the static network's accuracy at 20 %, and 0.4 points above at 30 %.");
        Line(text, $"");
        Line(text, $"| Network | seeds | as trained | million MACs | {Heads(shares)} |");
        Line(text, $"|---|---|---|---|{string.Concat(shares.Select(_ => "---|"))}");
        foreach (var group in groups)
        {
            var points = shares.Select(share => group.At(share * macs) is not { } point ? ""
                : group.GainAt(groups, share * macs) is { } gain
                    ? FormattableString.Invariant($"{100 * point.Accuracy:F2} ({EvidenceTable.Points(gain)})")
                    : FormattableString.Invariant($"{100 * point.Accuracy:F2}"));
            var trained = FormattableString.Invariant($"{100 * group.Accuracy:F2} | {group.Macs / 1e6:F2}");
            Line(text, $"| {group.Row.Title} | {group.Results.Count} | {trained} | {string.Join(" | ", points)} |");
        }
    }

    private static void Line(StringBuilder text, FormattableString line)
        => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
