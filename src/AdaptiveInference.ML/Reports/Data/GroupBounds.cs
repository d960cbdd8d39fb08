using AdaptiveInference.ML.Transforms.Statistics;

namespace AdaptiveInference.ML.Reports.Data;

/// <summary>
/// Exact bounds (Clopper and Pearson) of shares in several groups that hold all together: each at the confidence that is left of 95 % when
/// what may fail is divided among them (Bonferroni).
/// </summary>
/// <param name="bounds">How many bounds there are in all, shown or not.</param>
internal sealed class GroupBounds(int bounds)
{
    /// <summary>With which all of them hold.</summary>
    public const double Confidence = 0.95;

    private readonly double _each = 1 - ((1 - Confidence) / Math.Max(1, bounds));

    /// <summary>The largest share that is not ruled out; 1 where there are no images.</summary>
    public double AtMost(long count, long images) => BinomialBound.UpperBound(count, images, _each);

    /// <summary>The smallest share that is not ruled out; 0 where there are no images.</summary>
    public double AtLeast(long count, long images) => 1 - BinomialBound.UpperBound(images - count, images, _each);
}
