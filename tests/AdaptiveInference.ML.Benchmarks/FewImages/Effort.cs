using System.Diagnostics;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>What a piece of work took, in seconds of the clock and of processor time over all threads.</summary>
internal readonly record struct Effort(double Seconds, double CpuSeconds)
{
    public static Effort operator +(Effort one, Effort other) => new(one.Seconds + other.Seconds, one.CpuSeconds + other.CpuSeconds);

    public static Effort operator *(Effort effort, double times) => new(effort.Seconds * times, effort.CpuSeconds * times);

    public static (T Result, Effort Effort) Of<T>(Func<T> work)
    {
        var (start, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var result = work();
        return (result, new Effort(Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds));
    }
}
