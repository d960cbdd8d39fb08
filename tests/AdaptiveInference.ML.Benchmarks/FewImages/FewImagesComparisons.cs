using System.Text;
using static AdaptiveInference.ML.Benchmarks.FewImages.FewImagesTable;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>Differences between ways, with intervals.</summary>
internal static class FewImagesComparisons
{
    private static readonly (string Row, double? Budget, string Other)[] Pairs =
    [
        ("adaptive-sdca", null, "dnn-sdca"),
        ("adaptive-sdca-normalised", null, "dnn-sdca-normalised"),
        ("adaptive-lbfgs", null, "dnn-lbfgs"),
        ("adaptive-lbfgs-normalised", null, "dnn-lbfgs-normalised"),
        .. from row in (string[])["heads-224-mirrored", "heads-224", "heads-160-mirrored", "heads-160"]
           from budget in (double?[])[null, 0.6, 0.5]
           from other in (string[])["dnn-sdca", "dnn-sdca-normalised"]
           select (row, budget, other),
        .. from row in (string[])["exits-96", "tuned-exits-96", "tuned-frozen-96"]
           from budget in (double?[])[1, 0.6, 0.5]
           from other in (string[])["dnn-sdca", "dnn-sdca-normalised", row == "exits-96" ? "static-96" : "tuned-static-96"]
           select (row, budget, other),
        ("tuned-skip-96", null, "tuned-static-96"),
        ("tuned-aig-96", null, "tuned-static-96"),
        ("heads-160-mirrored", 0.6, "heads-224-mirrored"),
        ("heads-160-mirrored", null, "tuned-exits-96"),
    ];

    private static readonly (string Size, string Title)[] Sizes =
    [
        (LabelledImages.Everything, "all"), (LabelledImages.TrainingPart, "`train`"), ("30", "30 a class"), ("10", "10 a class"),
    ];

    public static void Add(StringBuilder text, IReadOnlyList<FewImagesResult> results, PhotoFolder data)
    {
        Line(text, $"## Differences");
        Line(text, $"");
        Line(text, $"Points of accuracy on the same test images with 95 % intervals: bootstrap over emoji, seeds averaged image");
        Line(text, $"by image.");
        Line(text, $"");
        Line(text, $"| Labelled images | | against | points |");
        Line(text, $"|---|---|---|---|");
        List<string> groups = [.. data.Test.Select(photo => photo.Group)];
        foreach (var ((size, label), (row, budget, other)) in Sizes.SelectMany(size => Pairs.Select(pair => (size, pair))))
        {
            var same = results.Where(result => result.Size == size).ToList();
            var (own, rival) = (Answers(same, row, budget, groups.Count), Answers(same, other, null, groups.Count));
            if (own.Count > 0 && rival.Count > 0)
            {
                var name = FewImagesRows.Of(row).Title + (budget is null ? "" : FormattableString.Invariant($" at {budget:P0}"));
                Line(text, $"| {label} | {name} | {FewImagesRows.Of(other).Title} | {PairedInterval.Of(own, rival, groups)} |");
            }
        }

        Line(text, $"");
    }

    private static List<bool[]> Answers(IReadOnlyList<FewImagesResult> results, string row, double? budget, int images)
        => [.. from result in results
               where result.Row == row
               let point = budget is null ? result.Trained : result.Curve.FirstOrDefault(point => point.Budget == budget)
               where point is not null
               select point.RightAnswers(images)];
}
