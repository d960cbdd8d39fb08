using AdaptiveInference.ML.Transforms.Options;

namespace AdaptiveInference.ML.Transforms;

/// <summary>What a <see cref="LoadController"/> keeps to.</summary>
/// <remarks>Options are checked when the controller is made; the exception lists everything that is wrong with them.</remarks>
public sealed record LoadControllerOptions
{
    internal const double DefaultTargetMilliseconds = 100;
    internal const double DefaultHoldMilliseconds = 500;
    internal const int DefaultEngines = 1;

    /// <summary>Milliseconds within which an image is to be answered, waiting included, above 0 and at most 600000.</summary>
    /// <value>The default is 100.</value>
    [InRange(0, 600_000, Above = true)]
    public double TargetMilliseconds { get; init; } = DefaultTargetMilliseconds;

    /// <summary>
    /// Milliseconds for which the next more accurate step must have been affordable before it is taken, from 0 to 60000. A less accurate
    /// one is taken at once.
    /// </summary>
    /// <value>The default is 500.</value>
    [InRange(0, 60_000)]
    public double HoldMilliseconds { get; init; } = DefaultHoldMilliseconds;

    /// <summary>Images that are worked on at the same time, from 1 to 100000.</summary>
    /// <value>The default is 1.</value>
    [InRange(1, 100_000)]
    public int Engines { get; init; } = DefaultEngines;

    /// <summary>What metrics call the controller: the attribute <c>adaptive_inference.controller</c>.</summary>
    /// <value>The default is empty.</value>
    public string Name { get; init; } = "";

    /// <exception cref="ArgumentException">One or more options are out of range; the message lists them all.</exception>
    internal void Check()
    {
        var check = new OptionCheck();
        check.Ranges(this);
        check.ThrowIfAny(nameof(LoadControllerOptions));
    }
}
