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
        .. from row in (string[])["exits-96"]
           from budget in (double?[])[1, 0.6, 0.5]
           from other in (string[])["dnn-sdca", "dnn-sdca-normalised", "static-96"]
           select (row, budget, other),
    ];

    public static void Add(StringBuilder text, IReadOnlyList<FewImagesResult> results, PhotoFolder data)
    {
        Line(text, $"## Differences");
        Line(text, $"");
        Line(text, $"Points of accuracy on the same test images with 95 % intervals: bootstrap over emoji, seeds averaged image");
        Line(text, $"by image.");
        Line(text, $"");
        Line(text, $"| | against | points |");
        Line(text, $"|---|---|---|");
        List<string> groups = [.. data.Test.Select(photo => photo.Group)];
        foreach (var (row, budget, other) in Pairs)
        {
            var (own, rival) = (Answers(results, row, budget, groups.Count), Answers(results, other, null, groups.Count));
            if (own.Count > 0 && rival.Count > 0)
            {
                var name = FewImagesRows.Of(row).Title + (budget is null ? "" : FormattableString.Invariant($" at {budget:P0}"));
                Line(text, $"| {name} | {FewImagesRows.Of(other).Title} | {PairedInterval.Of(own, rival, groups)} |");
            }
        }

        Line(text, $"");
    }

    private static List<bool[]> Answers(IReadOnlyList<FewImagesResult> results, string row, double? budget, int images)
        => [.. from result in results
               where result.Row == row && result.Size == LabelledImages.Everything
               let point = budget is null ? result.Trained : result.Curve.FirstOrDefault(point => point.Budget == budget)
               where point is not null
               select point.RightAnswers(images)];
}
