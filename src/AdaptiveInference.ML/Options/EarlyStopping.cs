using AdaptiveInference.ML.Transforms.Options;

namespace AdaptiveInference.ML;

/// <summary>When to end a stage of training before its last epoch, by the validation score of the epochs.</summary>
/// <remarks>
/// The validation score is the accuracy on the validation data, 0 to 1: with early exits the mean accuracy of all heads, and with a target
/// for the compute fraction less what is spent more than 0.02 above it. In SkipNet's reinforcement stage it is minus the sum of the mean
/// cross-entropy (in nats) and <c>ComputePenalty</c> times the mean compute fraction. The weights with the highest score are kept, with
/// early stopping and without.
/// </remarks>
public sealed record EarlyStopping
{
    internal const int DefaultPatience = 5;
    internal const float DefaultMinimumImprovement = 0f;

    /// <summary>Epochs without an improvement after which the stage ends, at least 1.</summary>
    /// <value>The default is 5.</value>
    [InRange(1)]
    public int Patience { get; init; } = DefaultPatience;

    /// <summary>
    /// Gain in the validation score that an improvement has to exceed, from 0 to 1: 0.01 is one point of accuracy. Gains that are smaller
    /// add up until they count.
    /// </summary>
    /// <value>The default is 0.</value>
    [InRange(0, 1)]
    public float MinimumImprovement { get; init; } = DefaultMinimumImprovement;
}
