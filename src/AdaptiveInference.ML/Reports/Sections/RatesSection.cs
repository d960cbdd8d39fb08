using System.Xml.Linq;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Reports.Data;
using AdaptiveInference.ML.Reports.Drawing;

namespace AdaptiveInference.ML.Reports.Sections;

/// <summary>Heat map of how often each block ran for each class.</summary>
internal static class RatesSection
{
    private const int MostClasses = 40;

    // From here on a cell's number has the page's colour. Shades on which neither colour could be read are left out.
    private const double Strong = 0.72;
    private const double WeakestStrong = 0.84;
    private const double WeakSlope = 0.69;

    public static XElement Build(ReportModel model)
    {
        var rows = model.Rows;
        var classes = model.ClassesToShow(MostClasses);
        var blocks = Enumerable.Range(0, rows.BlockNames.Count).ToArray();
        var table = Html.Of(
            "table", "heat",
            Html.Element("caption", "Share of the images that ran each block, in percent"),
            Head(rows.BlockNames),
            Html.Element(
                "tbody",
                [Row("All classes", "total", blocks, block => rows.RateOf(block)),
                    .. classes.Select(label => Row(Html.Name(rows.ClassNames[label]), null, blocks, block => rows.RateOf(label, block)))]));
        var missing = Enumerable.Range(0, rows.ClassNames.Count).Count(label => rows.RowsOf(label) > 0) - classes.Count;
        var left = missing > 0
            ? Html.Of(
                "p", "hint",
                $"Shown are the {classes.Count} classes that are recognised worst. "
                + $"{TextFormat.Plural(missing, "class", "classes")} more are left out.")
            : null;
        return Html.Section(
            "rates", "Which blocks run for which class", Summary(model, classes, blocks),
            Html.Of("div", "card", Html.Scroll("Heat map", table), left));
    }

    /// <summary>A cell shaded by a share; also for the confusion matrix.</summary>
    public static XElement Cell(double share, string text, string shade, string? title = null)
        => Html.Of(
            "td", double.IsNaN(share) ? "none" : share >= Strong ? $"{shade} strong" : shade,
            Html.Attribute("style", $"--a:{TextFormat.Number(Shade(share), "0.00")}"),
            title is null ? null : Html.Attribute("title", title),
            text);

    private static double Shade(double share) => share switch
    {
        >= Strong => WeakestStrong + ((Math.Min(share, 1) - Strong) / (1 - Strong) * (1 - WeakestStrong)),
        >= 0 => share * WeakSlope,
        _ => 0,
    };

    private static object Summary(ReportModel model, IReadOnlyList<int> classes, int[] blocks)
    {
        var rows = model.Rows;
        var widest = blocks.MaxBy(
            block => classes.Max(label => rows.RateOf(label, block)) - classes.Min(label => rows.RateOf(label, block)));
        var low = classes.MinBy(label => rows.RateOf(label, widest));
        var high = classes.MaxBy(label => rows.RateOf(label, widest));
        var skipped = blocks.Count(block => rows.RateOf(block) < 0.01);
        object[] never = skipped > 0
            ? [$" {TextFormat.Plural(skipped, "block runs", "blocks run")} for less than one image in a hundred."]
            : [];
        return rows.RateOf(high, widest) - rows.RateOf(low, widest) < 0.005
            ? "Every class runs the same blocks equally often."
            : (object[])
            [
                $"Classes differ most in block {rows.BlockNames[widest]}: it runs for {TextFormat.Percent(rows.RateOf(low, widest))} of "
                    + "the images of ",
                Html.Name(rows.ClassNames[low]), $" and for {TextFormat.Percent(rows.RateOf(high, widest))} of those of ",
                Html.Name(rows.ClassNames[high]), ".",
                .. never,
            ];
    }

    // Stage numbers above, positions within the stage below.
    private static XElement Head(IReadOnlyList<string> blocks)
    {
        var stages = blocks.Select(Named).GroupBy(name => name.Stage).ToArray();
        var above = stages.Select(stage => Html.Element(
            "th", Html.Attribute("scope", "colgroup"), Html.Attribute("colspan", TextFormat.Number(stage.Count(), "0")),
            Html.Attribute("title", $"stage {stage.Key}"), stage.Count() > 1 ? $"Stage {stage.Key}" : stage.Key));
        var below = stages.SelectMany(stage => stage).Select(name => Html.Element(
            "th", Html.Attribute("scope", "col"), Html.Attribute("aria-label", $"stage {name.Stage} block {name.Position}"),
            name.Position));
        return Html.Element(
            "thead", Html.Element("tr", [Html.Element("td"), .. above]),
            Html.Element("tr", [Html.Of("th", "corner", Html.Attribute("scope", "col"), "Class"), .. below]));
    }

    // A path of other blocks than a network's has the words that it came with.
    private static (string Stage, string Position) Named(string block)
        => BlockName.Parse(block) is { } name
            ? ((name.Model == 1 ? "" : $"{name.Model}:") + TextFormat.Number(name.Stage, "0"), TextFormat.Number(name.Position, "0"))
            : (block, block);

    private static XElement Row(object heading, string? cssClass, int[] blocks, Func<int, double> rate)
        => Html.Element(
            "tr", [cssClass is null ? null : Html.Attribute("class", cssClass), Html.Element("th", Html.Attribute("scope", "row"), heading),
                .. blocks.Select(block => Cell(rate(block), TextFormat.PercentCell(rate(block)), "cool"))]);
}
