using System.Xml.Linq;
using AdaptiveInference.ML.Reports.Data;
using AdaptiveInference.ML.Reports.Drawing;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Reports.Sections;

/// <summary>What was found, in one sentence and a few large numbers, and next to it what the static network does.</summary>
internal static class HeadlineSection
{
    public static XElement Build(ReportModel model)
    {
        var rows = model.Rows;
        var macs = rows.MeanFraction * rows.FullMacs;
        return Html.Element(
            "header",
            Html.Of("p", "eyebrow", model.NetworkName ?? "Gated residual network"),
            Html.Element("h1", model.Options.Title),
            Html.Of(
                "p", "lead", $"Right on {TextFormat.Percent(rows.Accuracy)} of {TextFormat.Count(rows.Labelled)} images, with ",
                Html.Element("strong", $"{TextFormat.Percent(rows.MeanFraction)} of the compute"), " of the full network."),
            rows.LabelsByPosition ? Html.Of("p", "say", CalibrationText.ByPosition(isByPosition: true).Trim()) : null,
            Comparison(model) is { } sentence ? Html.Of("p", "say", sentence) : null,
            Html.Of(
                "dl", "tiles",
                Tile("Accuracy", TextFormat.Percent(rows.Accuracy), $"log-loss {TextFormat.Number(rows.LogLoss, "0.000")}"),
                Tile(
                    "Compute per image", TextFormat.Percent(rows.MeanFraction),
                    $"{TextFormat.Macs(macs)} of {TextFormat.Macs(rows.FullMacs)}"),
                Tile("Dearest image", TextFormat.Percent(rows.Costs.Most), $"cheapest {TextFormat.Percent(rows.Costs.Least)}"),
                Tile(
                    "Paths taken", TextFormat.Count(rows.DistinctPaths),
                    $"different ways through {TextFormat.Plural(rows.BlockNames.Count, "block", "blocks")}")),
            Peers(model));
    }

    private static XElement Tile(string name, string value, string note)
        => Html.Of("div", "tile", Html.Element("dt", name), Html.Of("dd", "value", value), Html.Of("dd", "note", note));

    private static string? Comparison(ReportModel model)
    {
        if (model.Dial is not { } dial)
        {
            return null;
        }

        var peer = dial.Static ?? dial.EveryBlock;
        var name = dial.Static is null ? "The same network with every block run" : $"The static {model.Options.StaticModel!.Architecture}";
        var points = (dial.Chosen.Accuracy - peer.Accuracy) * 100;
        var accuracy = Math.Abs(points) < 0.05
            ? "is right equally often"
            : $"is right {TextFormat.Number(Math.Abs(points), "0.0")} points {(points < 0 ? "more" : "less")} often";
        var times = peer.MeanMacs / dial.Chosen.MeanMacs;
        return times >= 1
            ? $"{name} {accuracy} and spends {TextFormat.Number(times, "0.0")} times as much."
            : $"{name} {accuracy} and spends {TextFormat.Percent(times)} as much.";
    }

    private static XElement? Peers(ReportModel model)
    {
        if (model.Dial is not { } dial)
        {
            return null;
        }

        List<(string Name, BudgetRun Run)> peers = [("This network", dial.Chosen), ("The same, every block run", dial.EveryBlock)];
        if (dial.Static is { } other)
        {
            peers.Add(($"{ReportModel.NameOf(model.Options.StaticModel!)}, trained by itself", other));
        }

        var most = peers.Max(peer => peer.Run.MeanMacs);
        var caption = dial.Images == model.Rows.Labelled
            ? $"Next to the static network, on the same {TextFormat.Count(dial.Images)} images"
            : $"Next to the static network, on {TextFormat.Count(dial.Images)} of the {TextFormat.Count(model.Rows.Labelled)} images";
        return Html.Of(
            "div", "card peers", Html.Table(
                caption,
                ["Network", "Accuracy", "Compute per image"],
                peers.Select(peer => (IReadOnlyList<object>)
                [
                    peer.Name, TextFormat.Percent(peer.Run.Accuracy),
                    new[]
                    {
                        Html.Of(
                            "span", "bar",
                            Html.Attribute("style", $"width:{TextFormat.Number(peer.Run.MeanMacs / most * 100, "0.0")}%")),
                        (object)TextFormat.Macs(peer.Run.MeanMacs),
                    },
                ])));
    }
}
