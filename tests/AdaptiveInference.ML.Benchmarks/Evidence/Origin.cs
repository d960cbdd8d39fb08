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
        var model = File.Exists(ProcessorFile)
            ? File.ReadLines(ProcessorFile).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
            : null;
        return $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}";
    }
}
