using System.Globalization;
using System.Text;

namespace AdaptiveInference.ML.Transforms.Evaluation;

/// <summary>Prints metrics as plain text, the same in every culture.</summary>
internal static class AdaptiveMetricsTable
{
    private const int NameWidth = 16;
    private const int CellWidth = 5;

    public static string Format(AdaptiveMetrics metrics)
    {
        var text = new StringBuilder();
        var classification = metrics.Classification;
        Line(text, "Images", $"{metrics.Rows}");
        Line(text, "Accuracy", $"{classification.MicroAccuracy:0.0000} (mean over classes {classification.MacroAccuracy:0.0000})");
        Line(text, "Log-loss", $"{classification.LogLoss:0.0000}");
        Line(text, "Mean compute", $"{metrics.MeanComputeFraction:0.0000} of the full network");
        Line(text, "Mean MACs", $"{metrics.MeanMacs / 1e6:0.000} million of {metrics.FullMacs / 1e6:0.000} million");
        Line(text, "Distinct paths", $"{metrics.DistinctPaths}");
        text.Append('\n').Append("Share of images that ran each block, in percent:\n");
        Header(text, metrics.BlockNames);
        Row(text, "all", metrics.BlockRates);
        for (var c = 0; c < metrics.ClassNames.Count; c++)
        {
            Row(text, metrics.ClassNames[c], metrics.ClassBlockRates[c]);
        }

        return text.ToString();
    }

    private static void Line(StringBuilder text, string name, FormattableString value)
        => text.Append(name.PadRight(NameWidth)).Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');

    /// <summary>Stage and position, such as 2.3, short enough for deep networks.</summary>
    private static void Header(StringBuilder text, IReadOnlyList<string> blocks)
    {
        text.Append(' ', NameWidth);
        foreach (var block in blocks)
        {
            text.Append(block.Replace("stage", "", StringComparison.Ordinal).Replace("block", "", StringComparison.Ordinal).PadLeft(CellWidth));
        }

        text.Append('\n');
    }

    private static void Row(StringBuilder text, string name, IReadOnlyList<double> rates)
    {
        text.Append(name.Length < NameWidth ? name.PadRight(NameWidth) : name[..(NameWidth - 2)] + "… ");
        foreach (var rate in rates)
        {
            text.Append((double.IsNaN(rate) ? "–" : (rate * 100).ToString("0", CultureInfo.InvariantCulture)).PadLeft(CellWidth));
        }

        text.Append('\n');
    }
}
