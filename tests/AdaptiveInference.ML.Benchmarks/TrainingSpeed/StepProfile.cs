using System.Diagnostics;
using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>What is taken apart.</summary>
/// <param name="Speed">Network, images, threads.</param>
/// <param name="Mixed">Whether in bfloat16.</param>
/// <param name="Steps">Steps that are timed.</param>
/// <param name="Fits">Whether whole fits are timed too.</param>
/// <param name="KeptMiB">Size of blocks that the allocator keeps when they are freed; null as Fit sets it.</param>
internal sealed record ProfileSettings(SpeedSettings Speed, bool Mixed, int Steps, bool Fits, int? KeptMiB = null);

/// <summary>Means over steps, in milliseconds of the clock where nothing else is said.</summary>
internal sealed record StepProfile(double Wait, double Forward, double Backward, double Optimizer, double Counting)
{
    public double Step { get; init; }

    /// <summary>Images of a step: batches are of equal size, and not all as large as they may be.</summary>
    public double Images { get; init; }

    /// <summary>Milliseconds of processor time, summed over threads.</summary>
    public double Processor { get; init; }

    /// <summary>Milliseconds of <see cref="Processor"/> in the system: it hands out pages, for the most part.</summary>
    public double System { get; init; }

    /// <summary>Pages of memory that the system handed out.</summary>
    public double Pages { get; init; }

    /// <summary>Validation after an epoch, divided among its steps.</summary>
    public double Validation { get; init; }

    /// <summary>To prepare a batch while nothing else runs.</summary>
    public double Loading { get; init; }

    /// <summary>Of a whole fit; null where none was timed.</summary>
    public FitTimes? Fit { get; init; }

    /// <summary>Of the process, from when the steps' data was read.</summary>
    public double PeakMiB { get; init; }
}

/// <summary>Sums over steps.</summary>
internal sealed class StageTimes
{
    public TimeSpan Wait { get; set; }

    public TimeSpan Forward { get; set; }

    public TimeSpan Backward { get; set; }

    public TimeSpan Optimizer { get; set; }

    public TimeSpan Counting { get; set; }

    /// <summary>The time since the last lap.</summary>
    public static TimeSpan Lap(ref long clock)
    {
        var now = Stopwatch.GetTimestamp();
        var time = Stopwatch.GetElapsedTime(clock, now);
        clock = now;
        return time;
    }

    /// <summary>Page faults of this process that needed no disk; 0 where the system does not say.</summary>
    public static long PagesTouched()
    {
        const string File = "/proc/self/stat";
        const int FaultsAfterName = 7;
        if (!System.IO.File.Exists(File))
        {
            return 0;
        }

        var text = System.IO.File.ReadAllText(File);
        return long.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[FaultsAfterName], CultureInfo.InvariantCulture);
    }

    public void Clear() => Wait = Forward = Backward = Optimizer = Counting = TimeSpan.Zero;

    public StepProfile Of(int steps) => new(
        Wait.TotalMilliseconds / steps, Forward.TotalMilliseconds / steps, Backward.TotalMilliseconds / steps,
        Optimizer.TotalMilliseconds / steps, Counting.TotalMilliseconds / steps);
}
