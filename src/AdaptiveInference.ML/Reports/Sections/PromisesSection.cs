using System.Xml.Linq;
using AdaptiveInference.ML.Reports.Data;
using AdaptiveInference.ML.Reports.Drawing;
using OxyPlot;
using OxyPlot.Axes;

namespace AdaptiveInference.ML.Reports.Sections;

/// <summary>What is certified about the network, and how often answers are wrong when only the surest are accepted.</summary>
internal static class PromisesSection
{
    private static readonly double[] Shares = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];

    public static XElement Build(ReportModel model)
    {
        var curve = model.Rows.Coverage.Curve();
        var network = model.Options.Model;
        object?[] certificates = [network?.Guarantee, network?.Refusal];
        var summary = certificates.Any(certificate => certificate is not null)
            ? string.Join(" ", certificates.Where(certificate => certificate is not null))
            : "Nothing is certified about this network: WithAccuracyGuarantee and WithRefusal do that.";
        summary = network?.Int8 is { } eightBits ? $"{summary} {eightBits}" : summary;
        var rows = Shares.Select(share => curve.FirstOrDefault(point => point.Coverage >= share - 1e-9, curve[^1]))
            .Select(point => (IReadOnlyList<object>)[TextFormat.Percent(point.Coverage), TextFormat.Percent(point.Risk)]);
        var all = curve[^1];
        var half = curve.FirstOrDefault(point => point.Coverage >= 0.5, all);
        var alternative = $"Of the surer half {TextFormat.Percent(half.Risk)} are wrong, of all {TextFormat.Percent(all.Risk)}.";
        return Html.Section(
            "promises", "Coverage against risk", summary,
            Html.Of("div", "card", PlotSvg.Figure(
                "promises-plot", Draw(curve), "Wrong among the accepted, by how many are accepted", "Wrong, %", alternative,
                [("circle blue", "the surest answers by their probability")],
                Html.Table("Coverage against risk", ["Accepted", "Wrong among them"], rows), isWide: true)),
            LostAnswersTable.Lost(model), LostAnswersTable.Wrong(model));
    }

    private static PlotModel Draw(IReadOnlyList<(double Coverage, double Risk)> curve)
    {
        var plot = PlotStyle.Plot(
            PlotStyle.Axis(AxisPosition.Bottom, "Accepted, %", 0, 100),
            PlotStyle.Axis(AxisPosition.Left, null, 0, Math.Max(1, curve.Max(point => point.Risk) * 108)));
        plot.Series.Add(PlotStyle.Curve(
            PlotColors.Blue, MarkerType.None, LineStyle.Solid, curve.Select(point => (point.Coverage * 100, point.Risk * 100))));
        return plot;
    }
}
