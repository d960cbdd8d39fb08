namespace AdaptiveInference.ML.Transforms;

/// <summary>What a <see cref="DriftMonitor"/> can say at the moment.</summary>
public enum DriftVerdict
{
    /// <summary>Neither is shown: too few rows were checked so far, or the rate lies near to what is allowed.</summary>
    InDoubt = 0,

    /// <summary>
    /// The mean rate of disagreements over all rows so far is shown to be at most what is allowed, and nothing speaks for a break since.
    /// </summary>
    Holds = 1,

    /// <summary>The rate is shown to have been above what is allowed, at some time. This stays until a new monitor is made.</summary>
    Broken = 2,
}
