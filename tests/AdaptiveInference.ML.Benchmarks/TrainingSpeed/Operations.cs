using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>What oneDNN says of its operations where <c>ONEDNN_VERBOSE=1</c> is set: kind, direction, and milliseconds last.</summary>
internal static class Operations
{
    /// <summary>Milliseconds of a kind of operation.</summary>
    public static double Milliseconds(string output, string kind)
        => Of(output).Where(operation => operation.Kind == kind).Sum(operation => operation.Milliseconds);

    /// <summary>Kinds, directions and implementations by what they took.</summary>
    public static string Table(string output, int steps)
        => "oneDNN, ms a step: " + string.Join(", ", Of(output).GroupBy(operation => $"{operation.Kind} {operation.Way} {operation.By}")
            .Select(group => (group.Key, Milliseconds: group.Sum(operation => operation.Milliseconds) / steps))
            .OrderByDescending(group => group.Milliseconds).Take(8)
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Key} {group.Milliseconds:F1}")));

    // onednn_verbose,v1,primitive,exec,cpu,convolution,brg_conv_fwd:avx512_core,forward_training,…,0.61
    private static IEnumerable<(string Kind, string By, string Way, double Milliseconds)> Of(string output)
    {
        var isTimed = false;
        foreach (var line in output.Split('\n'))
        {
            isTimed = line.StartsWith(ProfiledSteps.Begin, StringComparison.Ordinal)
                || (isTimed && !line.StartsWith(ProfiledSteps.End, StringComparison.Ordinal));
            var parts = line.Split(',');
            var exec = Array.IndexOf(parts, "exec");
            if (isTimed && exec > 0 && parts.Length > exec + 5
                && double.TryParse(parts[^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var time))
            {
                yield return (parts[exec + 2], parts[exec + 3], parts[exec + 4], time);
            }
        }
    }
}
