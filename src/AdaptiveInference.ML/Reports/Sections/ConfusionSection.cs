using System.Xml.Linq;
using AdaptiveInference.ML.Reports.Data;
using AdaptiveInference.ML.Reports.Drawing;

namespace AdaptiveInference.ML.Reports.Sections;

/// <summary>Which classes are taken for which.</summary>
internal static class ConfusionSection
{
    private const int LargestMatrix = 25;
    private const int MostPairs = 25;

    public static XElement Build(ReportModel model)
    {
        var rows = model.Rows;
        var mistakes = rows.Confusion.Where(pair => pair.Key.True != pair.Key.Predicted)
            .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).ToArray();
        object[] summary = mistakes.Length == 0
            ? ["No image was taken for another class."]
            :
            [
                "Most often, ", Html.Name(rows.ClassNames[mistakes[0].Key.True]), " is taken for ",
                Html.Name(rows.ClassNames[mistakes[0].Key.Predicted]),
                $": {TextFormat.Count(mistakes[0].Value)} of {TextFormat.Plural(rows.RowsOf(mistakes[0].Key.True), "image", "images")}.",
            ];
        return Html.Section(
            "confusion", "What is taken for what", summary,
            Html.Of("div", "card", rows.ClassNames.Count <= LargestMatrix ? Matrix(rows) : Pairs(rows, mistakes)));
    }

    private static XElement Matrix(RowSummary rows)
    {
        var classes = Enumerable.Range(0, rows.ClassNames.Count).ToArray();
        var head = Html.Element("tr", [
            Html.Of("th", "corner", Html.Attribute("scope", "col"), "True class"),
            .. classes.Select(column => Html.Element(
                "th", Html.Attribute("scope", "col"), Html.Attribute("title", rows.ClassNames[column]),
                Html.Attribute("aria-label", "taken for " + rows.ClassNames[column]),
                TextFormat.Number(column + 1, "0"))),
            Html.Element("th", Html.Attribute("scope", "col"), "Recall")]);
        var body = classes.Select(row => Html.Element("tr", [
            Html.Element(
                "th", Html.Attribute("scope", "row"), Html.Of("span", "number", TextFormat.Number(row + 1, "0")),
                Html.Name(rows.ClassNames[row])),
            .. classes.Select(column => Cell(rows, row, column)),
            Html.Of("td", "sum", TextFormat.Percent(rows.RecallOf(row)))]));
        return Html.Scroll("Confusion matrix", Html.Of(
            "table", "heat confusion", Html.Element("caption", "A row per true class, a column per predicted class, in images"),
            Html.Element("thead", head), Html.Element("tbody", [.. body])));
    }

    private static XElement Cell(RowSummary rows, int row, int column)
    {
        var count = rows.Confusion.GetValueOrDefault((row, column));
        var share = rows.RowsOf(row) == 0 ? double.NaN : count / (double)rows.RowsOf(row);
        var title = $"{rows.ClassNames[row]} taken for {rows.ClassNames[column]}: {TextFormat.Count(count)}";
        return RatesSection.Cell(share, TextFormat.Count(count), row == column ? "cool" : count == 0 ? "none" : "warm", title);
    }

    private static XElement Pairs(RowSummary rows, KeyValuePair<(int True, int Predicted), long>[] mistakes)
        => Html.Scroll("Mistakes", Html.Table(
            $"The {Math.Min(MostPairs, mistakes.Length)} most frequent mistakes among {rows.ClassNames.Count} classes",
            ["True class", "Taken for", "Images", "Share of the class"],
            mistakes.Take(MostPairs).Select(pair => (IReadOnlyList<object>)
            [
                Html.Name(rows.ClassNames[pair.Key.True]), Html.Name(rows.ClassNames[pair.Key.Predicted]), TextFormat.Count(pair.Value),
                TextFormat.Percent(pair.Value / (double)rows.RowsOf(pair.Key.True)),
            ])));
}
