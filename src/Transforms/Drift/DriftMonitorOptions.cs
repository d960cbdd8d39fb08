using AdaptiveInference.ML.Transforms.Options;

namespace AdaptiveInference.ML.Transforms;

/// <summary>What a <see cref="DriftMonitor"/> watches for, and how closely.</summary>
/// <remarks>Options are checked when the monitor is made; the exception lists everything that is wrong with them.</remarks>
public sealed record DriftMonitorOptions
{
    internal const double DefaultAllowedRate = 0.01;
    internal const double DefaultConfidence = 0.95;
    internal const double DefaultShare = 0.01;
    internal const int DefaultSeed = 1;

    /// <summary>
    /// The share of images on which the answers may differ from the whole network's, above 0 and less than 1: what was promised, such as
    /// the drop that an accuracy guarantee allows.
    /// </summary>
    /// <value>The default is 0.01.</value>
    [InRange(0, 1, Above = true, Below = true)]
    public double AllowedRate { get; init; } = DefaultAllowedRate;

    /// <summary>
    /// How probable it is that a stream which keeps to <see cref="AllowedRate"/> is never called broken, however long it runs and however
    /// often the monitor is looked at: from 0.5 to less than 1. The interval in the report holds with the same probability.
    /// </summary>
    /// <value>The default is 0.95.</value>
    [InRange(0.5, 1, Below = true)]
    public double Confidence { get; init; } = DefaultConfidence;

    /// <summary>
    /// The share of images that are run through the whole network too, above 0 and at most 1. Each costs once the whole network more; the
    /// more are checked, the sooner a drift is noticed.
    /// </summary>
    /// <value>The default is 0.01.</value>
    [InRange(0, 1, Above = true)]
    public double Share { get; init; } = DefaultShare;

    /// <summary>
    /// Which rows are checked: with the same seed and share those of the same numbers, counted from the monitor's first row.
    /// </summary>
    /// <value>The default is 1.</value>
    public int Seed { get; init; } = DefaultSeed;

    /// <exception cref="ArgumentException">One or more options are out of range; the message lists them all.</exception>
    internal void Check()
    {
        var check = new OptionCheck();
        check.Ranges(this);
        check.ThrowIfAny(nameof(DriftMonitorOptions));
    }
}
