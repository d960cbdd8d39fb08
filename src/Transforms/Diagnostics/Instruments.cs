using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace AdaptiveInference.ML.Transforms.Diagnostics;

/// <summary>Every metric of the library, listed once: name, unit, meaning. Attributes are named in <see cref="TagNames"/>.</summary>
internal static class Instruments
{
    // From a small network on one core to a large one that waits for it, in seconds.
    private static readonly double[] Seconds =
    [
        0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ];

    // A fraction exceeds 1 a little where every gate is evaluated and open.
    private static readonly double[] Fractions = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1];

    // The package's version, which is not the assembly's: that never changes.
    private static readonly string? Version = typeof(Instruments).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];

    private static readonly Meter Meter = new(AdaptiveTelemetry.Name, Version);

    /// <summary>Spans.</summary>
    public static ActivitySource Spans { get; } = new(AdaptiveTelemetry.Name, Version);

    /// <summary>Images scored, by the exit that they took; failed ones by the type of the error.</summary>
    public static Counter<long> Images { get; } = Meter.CreateCounter<long>(
        "adaptive_inference.images", "{image}", "Images scored, by the exit at which they left the network.");

    /// <summary>Time from the image as it came to its answer.</summary>
    public static Histogram<double> ImageDuration { get; } = Meter.CreateHistogram(
        "adaptive_inference.image.duration", "s", "Time to decode and score an image.", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

    /// <summary>What images cost.</summary>
    public static Histogram<double> ComputeFraction { get; } = Meter.CreateHistogram(
        "adaptive_inference.image.compute_fraction", "1",
        "Multiply-accumulates spent on an image, as a fraction of those of the whole network.", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = Fractions });

    /// <summary>Answers that were not sure enough to be accepted.</summary>
    public static Counter<long> Refusals { get; } = Meter.CreateCounter<long>(
        "adaptive_inference.refusals", "{image}", "Images whose answer was not sure enough to be accepted.");

    /// <summary>Models read from files.</summary>
    public static Counter<long> ModelLoads { get; } = Meter.CreateCounter<long>(
        "adaptive_inference.model.loads", "{model}", "Models read from files; failed ones by the type of the error.");

    /// <summary>Time to read one; it may still be being compiled afterwards.</summary>
    public static Histogram<double> ModelLoadDuration { get; } = Meter.CreateHistogram(
        "adaptive_inference.model.load.duration", "s", "Time to read a model from a file.", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

    /// <summary>Images that a drift monitor compared with the whole network.</summary>
    public static Counter<long> DriftChecks { get; } = Meter.CreateCounter<long>(
        "adaptive_inference.drift.checks", "{image}", "Images whose answer a drift monitor compared with that of the whole network.");

    /// <summary>The p-value of the evidence for a break.</summary>
    public static Gauge<double> DriftLevel { get; } = Meter.CreateGauge<double>(
        "adaptive_inference.drift.level", "1",
        "Probability, at most, of evidence for a drift as strong as the strongest so far on a stream without one.");

    /// <summary>What the monitor says, as a number.</summary>
    public static Gauge<int> DriftVerdict { get; } = Meter.CreateGauge<int>(
        "adaptive_inference.drift.verdict", "1", "What a drift monitor says: 0 in doubt, 1 holds, 2 broken.");

    /// <summary>The step that a load controller has chosen.</summary>
    public static Gauge<int> BudgetLevel { get; } = Meter.CreateGauge<int>(
        "adaptive_inference.budget.level", "{step}", "Step of the ladder of settings that the load allows; 0 is the most accurate.");
}
