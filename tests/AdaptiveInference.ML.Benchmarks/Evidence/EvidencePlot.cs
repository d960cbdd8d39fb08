using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>
/// Accuracy against MACs as SVG: static networks joined by a line, the curves of networks with exits or for any budget, and single points.
/// </summary>
internal static class EvidencePlot
{
    private const int Width = 900;
    private const int HeightOfAxes = 520;
    private const int HeightOfName = 17;

    private static readonly MarkerType[] Markers = [MarkerType.Circle, MarkerType.Square, MarkerType.Diamond, MarkerType.Triangle];

    public static void Write(string file, string title, IReadOnlyList<ResultGroup> groups)
    {
        var model = new PlotModel
        {
            Title = title + ": test accuracy against compute", Background = OxyColors.White, DefaultFont = "Arial",
        };
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Bottom, Title = "million MACs per image", Minimum = 0, MajorGridlineStyle = LineStyle.Dot,
        });
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Left, Title = "test accuracy, %", MajorGridlineStyle = LineStyle.Dot, Minimum = Lowest(groups),
            MaximumPadding = 0.08,
        });
        model.Legends.Add(new Legend
        {
            // Below the axes: names are long, and curves are everywhere.
            LegendPlacement = LegendPlacement.Outside, LegendPosition = LegendPosition.BottomLeft,
            LegendOrientation = LegendOrientation.Vertical,
            LegendFontSize = 12, LegendLineSpacing = 6,
        });
        model.Series.Add(Line(
            "static networks", 0,
            ResultGroup.Rivals(groups).Select(group => (group.Macs, group.Accuracy))));
        var number = 1;
        foreach (var group in groups.Where(group => !group.Row.IsPlain))
        {
            var curve = group.Results[0].HasExits || group.Row.IsForAnyBudget
                ? group.Curve().Select(point => (point.Macs, point.Accuracy))
                : [(group.Macs, group.Accuracy)];
            model.Series.Add(Line(group.Row.Title, number++, curve));
        }

        using var stream = File.Create(file);
        new SvgExporter { Width = Width, Height = HeightOfAxes + (HeightOfName * model.Series.Count) }.Export(model, stream);
    }

    // Every network as it was trained is in the picture; what curves do far below would flatten it.
    private static double Lowest(IReadOnlyList<ResultGroup> groups)
        => Math.Floor(200 * groups.Select(group => group.Accuracy).DefaultIfEmpty(0.9).Min()) / 2;

    private static LineSeries Line(string title, int number, IEnumerable<(double Macs, double Accuracy)> points)
    {
        var series = new LineSeries
        {
            // The exporter measures text in points where browsers draw pixels, and cuts off what it takes for too long.
            Title = title + new string('\u00A0', title.Length / 2),
            MarkerType = Markers[number % Markers.Length],
            MarkerSize = 4,
            StrokeThickness = number == 0 ? 2.5 : 1.5,
            LineStyle = number == 0 ? LineStyle.Dash : LineStyle.Solid,
            Color = number == 0 ? OxyColors.Black : OxyPalettes.HueDistinct(14).Colors[(number * 3) % 14],
        };
        series.Points.AddRange(points.Select(point => new DataPoint(point.Macs / 1e6, 100 * point.Accuracy)));
        return series;
    }
}
