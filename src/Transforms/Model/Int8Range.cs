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
}
