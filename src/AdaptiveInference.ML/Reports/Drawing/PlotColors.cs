using OxyPlot;

namespace AdaptiveInference.ML.Reports.Drawing;

/// <summary>
/// Colours of plots. OxyPlot writes fixed colours; each of these is a placeholder of a CSS variable that <see cref="PlotSvg"/> puts in its
/// place, so that a plot follows the page into the dark.
/// </summary>
internal static class PlotColors
{
    public static readonly OxyColor Ink = OxyColor.FromRgb(1, 0, 1);
    public static readonly OxyColor Muted = OxyColor.FromRgb(2, 0, 1);
    public static readonly OxyColor Line = OxyColor.FromRgb(3, 0, 1);
    public static readonly OxyColor Blue = OxyColor.FromRgb(4, 0, 1);
    public static readonly OxyColor Orange = OxyColor.FromRgb(5, 0, 1);
    public static readonly OxyColor Green = OxyColor.FromRgb(6, 0, 1);
    public static readonly OxyColor Card = OxyColor.FromRgb(7, 0, 1);

    private static readonly (OxyColor Color, string Variable)[] Variables =
    [
        (Ink, "ink"), (Muted, "muted"), (Line, "line"), (Blue, "blue"), (Orange, "orange"), (Green, "green"), (Card, "card"),
    ];

    /// <summary>Puts CSS variables in the place of these colours.</summary>
    public static string ToVariables(string value) => Variables.Aggregate(
        value,
        (text, pair) => text.Replace(
            $"rgb({pair.Color.R},{pair.Color.G},{pair.Color.B})", $"var(--{pair.Variable})", StringComparison.Ordinal));
}
