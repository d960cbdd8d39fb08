using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>Tells where a figure comes from.</summary>
internal static class Origin
{
    private const string ProcessorFile = "/proc/cpuinfo";

    public static Provenance Now() => new(
        DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Commit(), Machine(), RuntimeInformation.FrameworkDescription,
        torch.__version__);

    // The SDK puts the commit behind the version.
    private static string Commit()
        => typeof(Origin).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static string Machine()
    {
        // Virtual machines name processors of several generations alike; the family tells them apart.
        var model = Of("model name") is { } name ? $"{name} (family {Of("cpu family")})" : RuntimeInformation.ProcessArchitecture.ToString();
        return $"{model}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}";
    }

    private static string? Of(string property) => File.Exists(ProcessorFile)
        ? File.ReadLines(ProcessorFile).FirstOrDefault(line => line.StartsWith(property, StringComparison.Ordinal))?.Split(':')[1].Trim()
        : null;
}
