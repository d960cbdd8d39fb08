using System.Globalization;
using System.Text;
using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Evaluation;

/// <summary>Prints metrics as plain text, the same in every culture.</summary>
internal static class AdaptiveMetricsTable
{
    private const int NameWidth = 16;
    private const int CellWidth = 5;

    /// <summary>Classes that a screen holds.</summary>
    private const int MostClasses = 30;

    /// <summary>Classes shown from either end of more.</summary>
    private const int Extremes = 10;

    public static string Format(AdaptiveMetrics metrics)
    {
        var text = new StringBuilder();
        var classification = metrics.Classification;
        FormattableString known = $"{metrics.Rows}, {metrics.LabelledRows} of them with a label that the model knows";
        Line(text, "Images", metrics.LabelledRows == metrics.Rows ? $"{metrics.Rows}" : known);
        if (metrics.LabelsByPosition)
        {
            Line(text, "Labels", $"matched to classes by position alone, because keys or classes have no names");
        }

        if (metrics.RowsWithoutAnswer > 0)
        {
            Line(text, "No answer", $"{metrics.RowsWithoutAnswer}, with scores that are not numbers; they count as wrong");
        }

        Line(text, "Accuracy", $"{classification.MicroAccuracy:0.0000} (mean over classes {classification.MacroAccuracy:0.0000})");
        Line(text, "Log-loss", $"{classification.LogLoss:0.0000}");
        if (metrics is { Coverage: { } coverage, Risk: { } risk })
        {
            FormattableString accepted = $"{coverage:0.0000}, of which {risk:0.0000} are wrong";
            Line(text, "Accepted", double.IsNaN(risk) ? $"{coverage:0.0000}" : accepted);
        }

        if (double.IsNaN(metrics.MeanComputeFraction))
        {
            Line(text, "Mean compute", $"not known: the second model of the cascade does not say what it costs");
        }
        else
        {
            Line(text, "Mean compute", $"{metrics.MeanComputeFraction:0.0000} of the full network");
            Line(text, "Mean MACs", $"{metrics.MeanMacs / 1e6:0.000} million of {metrics.FullMacs / 1e6:0.000} million");
        }

        Line(text, "Distinct paths", $"{metrics.DistinctPaths}");
        text.Append('\n').Append("Share of images that ran each block, in percent:\n");
        Header(text, metrics.BlockNames);
        Row(text, metrics, "all", metrics.BlockRates);
        Classes(text, metrics);
        return text.ToString();
    }

    /// <summary>All classes where they are few; of many those that differ most in what they run.</summary>
    private static void Classes(StringBuilder text, AdaptiveMetrics metrics)
    {
        var all = Enumerable.Range(0, metrics.ClassNames.Count).ToArray();
        if (all.Length <= MostClasses)
        {
            Rows(text, metrics, all);
            return;
        }

        var seen = all.Where(c => !double.IsNaN(metrics.ClassBlockRates[c][0])).OrderBy(c => metrics.ClassBlockRates[c].Sum()).ToArray();
        if (seen.Length <= MostClasses)
        {
            Rows(text, metrics, [.. seen.Order()]);
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"the {Extremes} classes that ran the fewest blocks:\n");
            Rows(text, metrics, seen[..Extremes]);
            text.Append(
                CultureInfo.InvariantCulture,
                $"{seen.Length - (2 * Extremes)} classes between them are left out here; the {Extremes} that ran the most:\n");
            Rows(text, metrics, seen[^Extremes..]);
        }

        if (seen.Length < all.Length)
        {
            text.Append(CultureInfo.InvariantCulture, $"{all.Length - seen.Length} classes without images are left out here.\n");
        }
    }

    private static void Rows(StringBuilder text, AdaptiveMetrics metrics, int[] classes)
    {
        foreach (var c in classes)
        {
            Row(text, metrics, metrics.ClassNames[c], metrics.ClassBlockRates[c]);
        }
    }

    private static void Line(StringBuilder text, string name, FormattableString value)
        => text.Append(name.PadRight(NameWidth)).Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');

    /// <summary>Stage and position, such as 2.3, short enough for deep networks.</summary>
    private static void Header(StringBuilder text, IReadOnlyList<string> blocks)
    {
        text.Append(' ', NameWidth);
        foreach (var block in blocks)
        {
            text.Append(Short(block).PadLeft(WidthOf(block)));
        }

        text.Append('\n');
    }

    private static string Short(string block) => BlockName.Parse(block)?.Short ?? block;

    // Blocks of a cascade's second model have longer names.
    private static int WidthOf(string block) => BlockName.Parse(block) is { Model: > 1 } name ? name.Short.Length + 2 : CellWidth;

    private static void Row(StringBuilder text, AdaptiveMetrics metrics, string name, IReadOnlyList<double> rates)
    {
        text.Append(name.Length < NameWidth ? name.PadRight(NameWidth) : name[..(NameWidth - 2)] + "… ");
        foreach (var (rate, block) in rates.Zip(metrics.BlockNames))
        {
            var cell = double.IsNaN(rate) ? "–" : (rate * 100).ToString("0", CultureInfo.InvariantCulture);
            text.Append(cell.PadLeft(WidthOf(block)));
        }

        text.Append('\n');
    }
}
