using System.Xml.Linq;
using AdaptiveInference.ML.Reports.Data;
using AdaptiveInference.ML.Reports.Drawing;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace AdaptiveInference.ML.Reports.Sections;

/// <summary>Histogram of what the images cost.</summary>
internal static class CostSection
{
    private const int Bars = 24;
    private const double ExpensiveQuantile = 0.9;

    public static XElement Build(ReportModel model)
    {
        var costs = model.Rows.Costs;
        double full = model.Rows.FullMacs, median = costs.Quantile(0.5) * full, expensive = costs.Quantile(ExpensiveQuantile) * full;
        var bars = costs.Bars(Bars);
        var (unit, name) = TextFormat.MacUnit(costs.Most * full);
        var summary = costs.Least == costs.Most
            ? $"Every image costs the same: {TextFormat.Macs(costs.Most * full)}."
            : $"{Spread(TextFormat.Macs(median), TextFormat.Macs(expensive), TextFormat.Macs(costs.Most * full))} "
                + $"The network with every block run would spend {TextFormat.Macs(full)} on each.";
        var rows = bars.Where(bar => bar.Count > 0).Select(bar => (IReadOnlyList<object>)
        [
            $"{TextFormat.Number(bar.From * full / unit, "0.00")} to {TextFormat.Number(bar.To * full / unit, "0.00")}",
            TextFormat.Count(bar.Count), TextFormat.Percent(bar.Count / (double)costs.Images),
        ]);
        return Html.Section(
            "costs", "What an image costs", summary,
            Html.Of("div", "card", PlotSvg.Figure(
                "costs-plot", Draw(bars, full / unit, model.Rows.MeanFraction, name), "Images by compute", "Images", summary,
                [("box blue", "images"), ("dash muted", "mean")],
                Html.Table("Images by compute", [$"{name}MACs", "Images", "Share"], rows), isWide: true)));
    }

    // Where nearly all leave at the first exit, the median and the dearest tenth are one figure.
    private static string Spread(string median, string expensive, string most) => median == expensive
        ? $"Nine of ten images cost about {expensive} or less, the dearest one {most}."
        : $"Half of the images cost less than about {median}; the dearest tenth costs more than {expensive}.";

    private static PlotModel Draw(IReadOnlyList<(double From, double To, long Count)> bars, double full, double mean, string unit)
    {
        var plot = PlotStyle.Plot(
            PlotStyle.Axis(AxisPosition.Bottom, $"Compute per image, {unit}MACs", 0, bars[^1].To * full * 1.03),
            PlotStyle.Axis(AxisPosition.Left, null, 0, bars.Max(bar => bar.Count) * 1.08, "#,0"));
        var series = new RectangleBarSeries { FillColor = PlotColors.Blue, StrokeColor = PlotColors.Card, StrokeThickness = 1 };
        foreach (var (from, to, count) in bars.Where(bar => bar.Count > 0))
        {
            series.Items.Add(new RectangleBarItem(from * full, 0, to * full, count));
        }

        plot.Series.Add(series);
        plot.Annotations.Add(PlotStyle.Vertical(mean * full));
        return plot;
    }
}
