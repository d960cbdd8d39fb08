using AdaptiveInference.ML.Transforms.Budget;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>Which rows certify, of rows without groups.</summary>
internal sealed class HalvesOf
{
    public HalvesOf(int seed, int rows)
    {
        var halves = new CalibrationHalves(seed);
        Certifying = [.. Enumerable.Range(0, rows).Where(_ => halves.Next(null))];
    }

    public int[] Certifying { get; }
}
