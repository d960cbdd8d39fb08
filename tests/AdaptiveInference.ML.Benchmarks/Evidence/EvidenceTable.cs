using System.Globalization;
using System.Text;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>The results as Markdown.</summary>
internal static class EvidenceTable
{
    private const string Reference = "static20";

    /// <summary>Budgets, as shares of the reference's MACs, at which adaptive networks are held against static ones.</summary>
    private static readonly double[] Compared = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7];

    public static string Format(EvidenceSet set, IReadOnlyList<ResultGroup> groups)
    {
        var text = new StringBuilder();
        var all = groups.SelectMany(group => group.Results).ToList();
        Head(text, set, all);
        Trained(text, groups);
        Curves(text, set, groups);
        Controls(text, groups);
        Against(text, groups);
        return text.ToString();
    }

    private static void Head(StringBuilder text, EvidenceSet set, List<EvidenceResult> all)
    {
        var provenance = all.Select(result => result.Provenance).ToList();
        Line(text, $"# Accuracy against compute");
        Line(text, $"");
        Line(text, $"{set.Images} All rows: {all[0].Epochs} epochs, grid");
        Add(text, $"head, batches of 128, mixed precision, flips. Gated networks learn from the static network of their seed too, except ");
        Line(text, $"as published; rows");
        Add(text, $"from the static network's weights were so trained for as many epochs again. MACs are those charged per image on ");
        Line(text, $"average, with stem, shortcuts, gates and heads.");
        if (all.Any(result => EvidenceRows.Of(result.Row).Asked is not null))
        {
            Line(text, $"Rows that are asked again train nothing: a network under a small budget answers, and where it is not sure");
            Line(text, $"another row's network, or the same one with every block; MACs are those of both. Budget and threshold are");
            Line(text, $"chosen on validation images without labels, by agreement with the network that answers last.");
        }

        Line(text, $"");
        var machines = string.Join("; ", provenance.Select(p => p.Machine).Distinct());
        var runtimes = string.Join(", ", provenance.Select(p => p.DotNet).Distinct());
        var libraries = string.Join(", ", provenance.Select(p => p.LibTorch).Distinct());
        var dates = string.Join(", ", provenance.Select(p => p.Date).Distinct().Order());
        Line(text, $"{machines}; {runtimes}, libtorch {libraries}; {dates}. Commands:");
        Line(text, $"");
        Line(text, $"```");
        var chosen = set == EvidenceSet.Fashion ? "" : $" --set {set.Name}";
        const string program = "dotnet run -c Release --project tests/AdaptiveInference.ML.Benchmarks -- evidence";
        Line(text, $"{program}{chosen} --data FOLDER --output FOLDER");
        Line(text, $"{program}{chosen} --render");
        Line(text, $"```");
        Line(text, $"");
        if (all.Where(result => result.InSinglePrecision).ToList() is { Count: > 0 } single)
        {
            var rows = string.Join(", ", single.Select(result => $"{EvidenceRows.Of(result.Row).Title} (seed {result.Seed})"));
            Line(text, $"Without mixed precision, on a processor that has no bfloat16 instructions: {rows}.");
            Line(text, $"");
        }

        if (provenance.Select(p => p.Device).OfType<string>().Distinct().ToList() is { Count: > 0 } devices)
        {
            Line(text, $"Some were trained on a GPU, {string.Join(", ", devices)}; the seeds column says how many.");
            Line(text, $"");
        }

        Line(text, $"![Accuracy against compute]({EvidenceFolder.PlotName(set)})");
        Line(text, $"");
    }

    private static void Trained(StringBuilder text, IReadOnlyList<ResultGroup> groups)
    {
        Line(text, $"## As trained");
        Line(text, $"");
        Add(text, $"± is half the distance between the best and the worst seed. *Shuffled*: accuracy when every image goes another ");
        Line(text, $"image's path. *Common*: when all");
        Line(text, $"go the path that most go. Gates count as stuck when they do the same for 99 % of the images.");
        Line(text, $"");
        Add(text, $"| Network | seeds | accuracy % | million MACs | of its own | blocks run | paths | gates stuck open, shut | shuffled ");
        Line(text, $"| common | ms per image |");
        Line(text, $"|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var group in groups)
        {
            var gates = group.Results[0].HasGates
                ? FormattableString.Invariant(
                    $"{group.Mean(r => r.Trained.GatesStuckOpen):0.#}, {group.Mean(r => r.Trained.GatesStuckShut):0.#}")
                : "";
            Add(text, $"| {group.Row.Title} | {Seeds(group)} | {100 * group.Accuracy:F2}{Spread(group)} | {group.Macs / 1e6:F2} ");
            Add(text, $"| {100 * group.Macs / group.FullMacs:F0} % | {group.Mean(r => r.Trained.BlocksRun):F1} ");
            Add(text, $"| {group.Mean(r => r.Trained.DistinctPaths):F0} | {gates} ");
            Add(text, $"| {Percent(group.MeanOf(r => r.Trained.ShuffledAccuracy))} ");
            Add(text, $"| {Percent(group.MeanOf(r => r.Trained.CommonPathAccuracy))} ");
            Line(text, $"| {Number(group.MeanOf(r => r.MillisecondsPerImage), "F3")} |");
        }

        Line(text, $"");
    }

    private static void Curves(StringBuilder text, EvidenceSet set, IReadOnlyList<ResultGroup> groups)
    {
        Line(text, $"## Under the budget dial");
        Line(text, $"");
        Add(text, $"One trained model per row and seed, turned by `WithComputeBudget` on the {set.Validation:N0} validation images ");
        Add(text, $"without their ");
        Line(text, $"labels: test accuracy in %");
        Line(text, $"(test MACs in million).");
        Line(text, $"");
        foreach (var group in groups.Where(group => group.Curve().Count > 0))
        {
            var points = group.Curve().Select(
                point => FormattableString.Invariant($"{100 * point.Accuracy:F2} ({point.Macs / 1e6:F1})"));
            Line(text, $"- {group.Row.Title}: {string.Join(", ", points)}");
        }

        Line(text, $"");
    }

    private static void Controls(StringBuilder text, IReadOnlyList<ResultGroup> groups)
    {
        var controlled = groups.Select(group => (group.Row.Title, Points: group.Controlled())).Where(row => row.Points.Count > 0).ToList();
        if (controlled.Count == 0)
        {
            return;
        }

        Line(text, $"## Whether paths depend on the image, under the dial");
        Line(text, $"");
        Line(text, $"At shares of ResNet-20's MACs: accuracy in %, with shuffled paths, with the most common path (its MACs in million).");
        Line(text, $"");
        foreach (var (title, points) in controlled)
        {
            var texts = points.Select(point => FormattableString.Invariant(
                $"{point.MeanMacs / 1e6:F1} million MACs: {100 * point.Accuracy:F2}, {100 * point.ShuffledAccuracy:F2}, ")
                + FormattableString.Invariant($"{100 * point.CommonPathAccuracy:F2} ({point.CommonPathMacs / 1e6:F1})"));
            Line(text, $"- {title}: {string.Join("; ", texts)}");
        }

        Line(text, $"");
    }

    private static void Against(StringBuilder text, IReadOnlyList<ResultGroup> groups)
    {
        if (groups.FirstOrDefault(group => group.Row.Name == Reference) is not { } reference)
        {
            return;
        }

        Line(text, $"## Against static networks of equal MACs");
        Line(text, $"");
        Add(text, $"Points of accuracy above the best static network of no more MACs, and of no more epochs in all (straight lines ");
        Line(text, $"between those measured; below ResNet-8's MACs against");
        Line(text, $"ResNet-8, which costs more), at budgets that are shares of ResNet-20's MACs.");
        Line(text, $"");
        var curves = groups.Where(group => group.Curve().Count > 0).ToList();
        var shares = Compared.Where(share => curves.Exists(group => Gain(groups, group, share * reference.FullMacs).Length > 0)).ToList();
        Line(text, $"| Network | {string.Join(" | ", shares.Select(share => FormattableString.Invariant($"{share:P0}")))} |");
        Line(text, $"|---|{string.Concat(shares.Select(_ => "---|"))}");
        foreach (var group in curves)
        {
            var gains = shares.Select(share => Gain(groups, group, share * reference.FullMacs));
            Line(text, $"| {group.Row.Title} | {string.Join(" | ", gains)} |");
        }
    }

    private static string Gain(IReadOnlyList<ResultGroup> groups, ResultGroup group, double macs)
        => Points(group.GainAt(groups, macs));

    /// <summary>A difference in points of accuracy.</summary>
    public static string Points(double? points)
        => points is { } value ? FormattableString.Invariant($"{Math.Round(value, 2):+0.00;−0.00;0.00}") : "";

    private static string Seeds(ResultGroup group)
        => group.Results.Count(result => result.Provenance.Device is not null) is > 0 and var onGpu
            ? FormattableString.Invariant($"{group.Results.Count}, {onGpu} on GPU")
            : FormattableString.Invariant($"{group.Results.Count}");

    private static string Spread(ResultGroup group)
        => group.Results.Count > 1 ? FormattableString.Invariant($" ± {100 * group.Spread(result => result.Trained.Accuracy):F2}") : "";

    private static string Percent(double? value) => Number(100 * value, "F2");

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private static void Line(StringBuilder text, FormattableString line)
    {
        Add(text, line);
        text.Append('\n');
    }

    private static void Add(StringBuilder text, FormattableString part) => text.Append(part.ToString(CultureInfo.InvariantCulture));
}
