using AdaptiveInference.ML.Transforms.Budget;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>Which rows certify, of rows without groups.</summary>
internal sealed class HalvesOf
{
    public HalvesOf(int seed, int rows)
    {
        var halves = new CalibrationHalves(seed);
        Certifying = [.. Enumerable.Range(0, rows).Select(row => (Row: row, Side: halves.Next(null))).Where(row => row.Side).Select(row => row.Row)];
    }

    public int[] Certifying { get; }
}
