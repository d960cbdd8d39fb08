using AdaptiveInference.ML.Transforms.Options;

namespace AdaptiveInference.ML.Transforms;

/// <summary>Which steps a <see cref="ComputeLadder"/> has.</summary>
/// <remarks>Options are checked when the ladder is made; the exception lists everything that is wrong with them.</remarks>
public sealed record ComputeLadderOptions
{
    internal const int DefaultSteps = 5;
    internal const double DefaultLeastComputeFraction = 0.25;
    internal const double DefaultLeastExitConfidence = 0.5;

    /// <summary>Steps at most, from 1 to 20.</summary>
    /// <value>The default is 5.</value>
    [InRange(1, 20)]
    public int Steps { get; init; } = DefaultSteps;

    /// <summary>
    /// With calibration data: the mean compute fraction below which no step goes, above 0 and at most 1.
    /// </summary>
    /// <value>The default is 0.25.</value>
    [InRange(0, 1, Above = true)]
    public double LeastComputeFraction { get; init; } = DefaultLeastComputeFraction;

    /// <summary>
    /// Without calibration data: how probable the answer at an exit must at least be for an image to leave there, from 0 to 1.
    /// </summary>
    /// <value>The default is 0.5.</value>
    [InRange(0, 1)]
    public double LeastExitConfidence { get; init; } = DefaultLeastExitConfidence;

    /// <summary>
    /// Whether the first step takes no early exit at all, gates as they are set. Otherwise it is the network as it is set.
    /// </summary>
    /// <value>The default is false.</value>
    public bool FromWholeNetwork { get; init; }

    /// <exception cref="ArgumentException">One or more options are out of range; the message lists them all.</exception>
    internal void Check()
    {
        var check = new OptionCheck();
        check.Ranges(this);
        check.ThrowIfAny(nameof(ComputeLadderOptions));
    }
}
