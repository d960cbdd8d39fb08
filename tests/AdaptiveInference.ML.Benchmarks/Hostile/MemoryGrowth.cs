using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.Hostile;

/// <summary>By how much this process grows from here on, at its peak.</summary>
internal sealed class MemoryGrowth
{
    private const string Status = "/proc/self/status";

    private readonly long _resident;
    private readonly long _allocated = GC.GetTotalAllocatedBytes();

    public MemoryGrowth()
    {
        if (OperatingSystem.IsLinux())
        {
            // Sets the peak of the resident set back to what it is now.
            File.WriteAllText("/proc/self/clear_refs", "5");
            _resident = Kilobytes("VmHWM:");
        }
    }

    public double Megabytes => OperatingSystem.IsLinux()
        ? (Kilobytes("VmHWM:") - _resident) / 1024.0
        : (GC.GetTotalAllocatedBytes() - _allocated) / 1048576.0;

    private static long Kilobytes(string name)
        => long.Parse(
            File.ReadLines(Status).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..^"kB".Length],
            NumberStyles.Integer,
            CultureInfo.InvariantCulture);
}
