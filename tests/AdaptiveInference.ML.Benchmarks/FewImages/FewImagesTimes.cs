using System.Text;
using static AdaptiveInference.ML.Benchmarks.FewImages.FewImagesTable;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>What was timed, as Markdown.</summary>
internal static class FewImagesTimes
{
    public static void Add(StringBuilder text, IReadOnlyList<TimingResult> timings)
    {
        Line(text, $"## From file to label");
        Line(text, $"");
        Line(text, $"Milliseconds an image, medians over rounds in which all ways label the same files one way after the other.");
        Load(text, timings.Select(result => result.LoadBefore));
        Line(text, $"");
        Line(text, $"| Way | cores | of its compute | CPU ms | of `DnnFeaturizeImage` + SDCA | ms | of `DnnFeaturizeImage` + SDCA |");
        Line(text, $"|---|---|---|---|---|---|---|");
        foreach (var result in timings.OrderBy(result => result.Cores).ThenByDescending(result => result.CpuMilliseconds))
        {
            var share = result.ComputeFraction is { } fraction ? Percent(fraction) : "";
            FewImagesTable.Add(text, $"| {result.Way} | {result.Cores} | {share} | {result.CpuMilliseconds:F2} | {result.CpuOfRival:F2} ");
            Line(text, $"| {result.Milliseconds:F2} | {result.OfRival:F2} |");
        }

        Line(text, $"");
    }

    public static void Add(StringBuilder text, IReadOnlyList<FittingResult> fittings)
    {
        Line(text, $"## Exit heads for a thousand photos");
        Line(text, $"");
        Line(text, $"{fittings[0].Photos:N0} JPEG files of 1 to 4 megapixels ({fittings[0].Megapixels:F1} on average), which are drawn:");
        Line(text, $"labelled images enlarged, with noise. To 224×224. Seconds of the clock (of processor time).");
        Load(text, fittings.Select(result => result.LoadBefore));
        Line(text, $"");
        Line(text, $"| Mirrored images too | cores | decoding alone | decoding and the pass | files to model |");
        Line(text, $"|---|---|---|---|---|");
        foreach (var result in fittings)
        {
            FewImagesTable.Add(text, $"| {(result.Mirrored ? "yes" : "no")} | {result.Cores} ");
            FewImagesTable.Add(text, $"| {result.Decoding.Seconds:F0} ({result.Decoding.CpuSeconds:F0}) | {result.ReadSeconds:F0} ");
            Line(text, $"| {result.Whole.Seconds:F0} ({result.Whole.CpuSeconds:F0}) |");
        }

        Line(text, $"");
    }

    private static void Load(StringBuilder text, IEnumerable<double?> before)
    {
        List<double> known = [.. before.OfType<double>().Distinct()];
        if (known.Count > 0)
        {
            Line(text, $"Processes that wanted a core in the minute before: {known.Max():F1}.");
        }
    }
}
