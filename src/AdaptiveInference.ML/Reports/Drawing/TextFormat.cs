using System.Globalization;

namespace AdaptiveInference.ML.Reports.Drawing;

/// <summary>Numbers as people read them, the same in every culture.</summary>
internal static class TextFormat
{
    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A share as percent with one decimal, such as <c>89.5 %</c>; a dash for an unknown one.</summary>
    public static string Percent(double share) => double.IsNaN(share) ? "–" : Number(share * 100, "0.0") + "\u00A0%";

    /// <summary>A share as whole percent without the sign, for cells of tables that say so.</summary>
    public static string PercentCell(double share) => double.IsNaN(share) ? "–" : Number(share * 100, "0");

    /// <summary>Multiply–accumulates, such as <c>4.2 million MACs</c>.</summary>
    public static string Macs(double macs)
    {
        var (unit, name) = MacUnit(macs);
        return $"{Number(macs / unit, unit > 1 ? "0.0" : "0")}\u00A0{name}MACs";
    }

    /// <summary>The unit in which a number of MACs is short.</summary>
    public static (double Unit, string Name) MacUnit(double macs) => macs switch
    {
        >= 1e9 => (1e9, "billion "),
        >= 1e6 => (1e6, "million "),
        >= 1e4 => (1e3, "thousand "),
        _ => (1, ""),
    };

    public static string Plural(long count, string one, string many) => $"{Count(count)} {(count == 1 ? one : many)}";
}
