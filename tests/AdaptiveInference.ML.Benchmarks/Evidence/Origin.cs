using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>Tells where a figure comes from.</summary>
internal static class Origin
{
    private const string ProcessorFile = "/proc/cpuinfo";
    private const string CardFolder = "/proc/driver/nvidia/gpus";

    /// <param name="device">What computes; null is the processor.</param>
    public static Provenance Of(string? device) => new(
        DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Commit(), Machine(), RuntimeInformation.FrameworkDescription,
        torch.__version__)
    {
        Device = device is null ? null : $"{device} ({Card() ?? "model unknown"})",
    };

    // The SDK puts the commit behind the version.
    private static string Commit()
        => typeof(Origin).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static string Machine()
    {
        // Virtual machines name processors of several generations alike; the family tells them apart.
        var model = Property("model name") is { } name
            ? $"{name} (family {Property("cpu family")})"
            : RuntimeInformation.ProcessArchitecture.ToString();
        return $"{model}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}";
    }

    // The driver lists cards by their place on the bus.
    private static string? Card() => Directory.Exists(CardFolder)
        ? Directory.EnumerateDirectories(CardFolder).Order(StringComparer.Ordinal)
            .Select(card => Property("Model", Path.Combine(card, "information"))).FirstOrDefault()
        : null;

    private static string? Property(string property, string file = ProcessorFile) => File.Exists(file)
        ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(property, StringComparison.Ordinal))?.Split(':')[1].Trim()
        : null;
}
