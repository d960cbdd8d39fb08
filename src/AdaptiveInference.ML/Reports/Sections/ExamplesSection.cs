using System.Xml.Linq;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Reports.Data;
using AdaptiveInference.ML.Reports.Drawing;

namespace AdaptiveInference.ML.Reports.Sections;

/// <summary>The easiest and the hardest images of every class, with the way that each took through the network.</summary>
internal static class ExamplesSection
{
    // Twice the size of a small image, so that its pixels can be seen.
    private const int SmallSide = 40;

    public static XElement Build(ReportModel model)
    {
        var rows = model.Rows;
        var boards = rows.Examples;
        var groups = boards.Count == 1 && rows.ClassNames.Count > 1
            ? [Group(model, "All classes", boards[0])]
            : boards.Select((board, label) => (Board: board, Label: label)).Where(
                pair => pair.Board.Hardest.Count + pair.Board.Easiest.Count > 0)
                .Select(pair => Group(model, Html.Name(rows.ClassNames[pair.Label]), pair.Board)).ToArray();
        return Html.Section(
            "examples", "Easy and hard images",
            (object[])
            [
                "Easiest are the images recognised at the least compute, hardest those that cost most. A filled square is a block that "
                + "ran, an empty one a block that did not, in the order in which the image met them.",
            ],
            Html.Of("div", "groups", [.. groups]));
    }

    private static XElement Group(ReportModel model, object heading, ExampleBoard board)
        => Html.Of(
            "article", "card group", Html.Element("h3", heading),
            List(model, "Easiest", board.Easiest), List(model, "Hardest", board.Hardest));

    private static XElement? List(ReportModel model, string name, IReadOnlyList<Example> examples)
        => examples.Count == 0
            ? null
            : Html.Of(
                "div", "side", Html.Element("h4", name),
                Html.Of("ul", "examples", [.. examples.Select(example => Html.Element("li", Card(model, example)))]));

    private static object?[] Card(ReportModel model, Example example)
    {
        var names = model.Rows.ClassNames;
        return
        [
            Picture(example, names), Html.Of("div", "facts", PathOf(example.Path, model.Rows.BlockNames),
                Html.Element("span", Html.Element("strong", TextFormat.Percent(example.Fraction)), " compute"),
                example.IsRight
                    ? Html.Of("span", "right", $"right, {Certainty(example.TrueProbability)} sure")
                    : Html.Of("span", "wrong", "taken for ", Html.Name(names[example.PredictedClass]))),
        ];
    }

    // Nothing that a network says is certain.
    private static string Certainty(float probability)
        => probability > 0.99f ? ">\u00A099\u00A0%" : $"{TextFormat.PercentCell(probability)}\u00A0%";

    private static XElement? Picture(Example example, IReadOnlyList<string> names)
    {
        if (example.Thumbnail is not { } picture)
        {
            return null;
        }

        var scale = Math.Max(picture.Width, picture.Height) <= SmallSide ? 2 : 1;
        return Html.Of(
            "img", scale > 1 ? "pixels" : "photo",
            Html.Attribute("src", "data:image/png;base64," + Convert.ToBase64String(picture.Png)),
            Html.Attribute("width", TextFormat.Number(picture.Width * scale, "0")),
            Html.Attribute("height", TextFormat.Number(picture.Height * scale, "0")),
            Html.Attribute("alt", $"{names[example.TrueClass]}, row {example.Row}"), Html.Attribute("title", $"row {example.Row}"));
    }

    private static XElement PathOf(bool[] path, IReadOnlyList<string> blocks)
    {
        var ran = blocks.Where((_, block) => path[block]).ToArray();
        var words = $"{ran.Length} of {TextFormat.Plural(path.Length, "block", "blocks")} ran"
            + (ran.Length is 0 || ran.Length == path.Length ? "" : ": " + string.Join(", ", ran));
        var stages = blocks
            .Select((name, block) => (Stage: BlockName.Parse(name) is { } own ? (own.Model, own.Stage) : default, Ran: path[block]))
            .GroupBy(pair => pair.Stage);
        return Html.Of(
            "span", path.Length > 20 ? "path deep" : "path", Html.Attribute("role", "img"), Html.Attribute("aria-label", words),
            Html.Attribute("title", words),
            stages.Select(stage => Html.Of("span", "stage", [.. stage.Select(pair => Html.Of("i", pair.Ran ? "ran" : "not"))])));
    }
}
