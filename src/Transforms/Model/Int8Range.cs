namespace AdaptiveInference.ML.Transforms;

/// <summary>What the range of values that 8-bit numbers cover is taken from.</summary>
public enum Int8Range
{
    /// <summary>The smallest and the largest value that a feature map had.</summary>
    MinMax,

    /// <summary>
    /// All but the furthest of ten thousand values at either end: outliers are cut off, and the others are told apart better.
    /// </summary>
    Percentile,

    /// <summary>
    /// From 0 to the value at which the squares of what is cut off and of what is rounded add up to the least.
    /// </summary>
    LeastSquares,
}
