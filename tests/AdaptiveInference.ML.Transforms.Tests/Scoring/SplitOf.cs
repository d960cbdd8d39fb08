using AdaptiveInference.ML.Transforms.Promises;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>Which rows certify, of rows without groups.</summary>
internal sealed class SplitOf
{
    public SplitOf(int seed, int rows)
    {
        var split = new CalibrationSplit(seed);
        Certifying = [.. Enumerable.Range(0, rows).Where(_ => split.Next(null))];
    }

    public int[] Certifying { get; }
}
