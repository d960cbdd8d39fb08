using System.Globalization;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace AdaptiveInference.ML.Reports.Drawing;

/// <summary>The one look of all plots.</summary>
internal static class PlotStyle
{
    private const double FontSize = 14;
    private const double MarkerSize = 4.5;
    private const double LineThickness = 2.25;

    public static PlotModel Plot(Axis bottom, Axis left)
    {
        var plot = new PlotModel
        {
            // Or axes would follow the current culture, beside text that does not.
            Culture = CultureInfo.InvariantCulture,
            Background = OxyColors.Transparent,
            PlotAreaBorderThickness = new OxyThickness(0),
            TextColor = PlotColors.Muted,
            DefaultFontSize = FontSize,
            Padding = new OxyThickness(12, 10, 14, 4),
        };
        plot.Axes.Add(bottom);
        plot.Axes.Add(left);
        return plot;
    }

    /// <summary>An axis; gridlines on the vertical one only, whose title stands above it as text of the page.</summary>
    public static LinearAxis Axis(AxisPosition position, string? title, double minimum, double maximum, string format = "0.###") => new()
    {
        Position = position,
        Title = title,
        Minimum = minimum,
        Maximum = maximum,
        StringFormat = format,
        TickStyle = TickStyle.None,
        AxislineStyle = position == AxisPosition.Bottom ? LineStyle.Solid : LineStyle.None,
        AxislineColor = PlotColors.Muted,
        TicklineColor = PlotColors.Line,
        MajorGridlineStyle = position == AxisPosition.Left ? LineStyle.Solid : LineStyle.None,
        MajorGridlineColor = PlotColors.Line,
        IntervalLength = position == AxisPosition.Left ? 45 : 70,
        AxisTitleDistance = 12,
    };

    public static LineSeries Curve(OxyColor color, MarkerType marker, LineStyle style, IEnumerable<(double X, double Y)> points)
    {
        var series = new LineSeries
        {
            Color = color,
            StrokeThickness = LineThickness,
            LineStyle = style,
            MarkerType = marker,
            MarkerFill = color,
            MarkerStroke = PlotColors.Card,
            MarkerStrokeThickness = 1,
            MarkerSize = MarkerSize,
        };
        series.Points.AddRange(points.Select(point => new DataPoint(point.X, point.Y)));
        return series;
    }

    /// <summary>A single point that stands out.</summary>
    public static LineSeries Point(OxyColor color, MarkerType marker, double size, double x, double y)
    {
        var series = Curve(color, marker, LineStyle.None, [(x, y)]);
        series.MarkerSize = size;
        return series;
    }

    /// <summary>A dashed vertical line.</summary>
    public static LineAnnotation Vertical(double x) => new()
    {
        Type = LineAnnotationType.Vertical, X = x, Color = PlotColors.Muted, LineStyle = LineStyle.Dash, StrokeThickness = 1.5,
    };
}
