using System.Diagnostics;

namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>The most memory that this process has held since a moment.</summary>
internal static class PeakMemory
{
    private const string Switch = "/proc/self/clear_refs";
    private const string OfPeak = "5";

    /// <summary>Since the last <see cref="Restart"/>, or, where the system cannot, since the start of the process.</summary>
    public static double MiB
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64 / 1048576.0;
        }
    }

    public static void Restart()
    {
        if (File.Exists(Switch))
        {
            File.WriteAllText(Switch, OfPeak);
        }
    }
}
