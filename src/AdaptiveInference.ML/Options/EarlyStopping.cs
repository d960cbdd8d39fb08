using AdaptiveInference.ML.Options;

namespace AdaptiveInference.ML;

/// <summary>When to end a stage of training before its last epoch, judged by the accuracy on the validation data.</summary>
public sealed record EarlyStopping
{
    internal const int DefaultPatience = 5;
    internal const float DefaultMinimumImprovement = 0f;

    /// <summary>Epochs without an improvement after which the stage ends, at least 1.</summary>
    /// <value>The default is 5.</value>
    [InRange(1)]
    public int Patience { get; init; } = DefaultPatience;

    /// <summary>Gain in validation accuracy (0 to 1) that counts as an improvement: more than this.</summary>
    /// <value>The default is 0.</value>
    [InRange(0, 1)]
    public float MinimumImprovement { get; init; } = DefaultMinimumImprovement;
}
