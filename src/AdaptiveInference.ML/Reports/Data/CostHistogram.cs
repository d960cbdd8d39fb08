namespace AdaptiveInference.ML.Reports.Data;

/// <summary>How many images cost how much, as compute fractions. Its size does not depend on the number of images.</summary>
internal sealed class CostHistogram
{
    // Finer than any plot, so that quantiles are right to a quarter of a percent of the network.
    private const int BinsPerUnit = 400;

    // Gates and exits that save nothing cost a little on top of the full network.
    private const int Units = 2;

    private readonly long[] _counts = new long[Units * BinsPerUnit];

    public long Images { get; private set; }

    public float Least { get; private set; } = float.PositiveInfinity;

    public float Most { get; private set; }

    public void Add(float fraction)
    {
        _counts[Math.Clamp((int)(fraction * BinsPerUnit), 0, _counts.Length - 1)]++;
        Images++;
        Least = Math.Min(Least, fraction);
        Most = Math.Max(Most, fraction);
    }

    /// <summary>The compute fraction that a share of the images stays under, to the width of a fine bin.</summary>
    public double Quantile(double share)
    {
        var wanted = share * Images;
        long seen = 0;
        for (var bin = 0; bin < _counts.Length; bin++)
        {
            seen += _counts[bin];
            if (seen >= wanted)
            {
                return Math.Clamp((bin + 0.5) / BinsPerUnit, Least, Most);
            }
        }

        return Most;
    }

    /// <summary>Bars of equal width that cover all images.</summary>
    /// <param name="most">Wanted number of bars at most.</param>
    public IReadOnlyList<(double From, double To, long Count)> Bars(int most)
    {
        var first = Math.Min((int)(Least * BinsPerUnit), _counts.Length - 1);
        var last = Math.Min((int)(Most * BinsPerUnit), _counts.Length - 1);
        var width = Math.Max(1, (last - first + most) / most);
        return [.. Enumerable.Range(0, ((last - first) / width) + 1)
            .Select(bar => first + (bar * width))
            .Select(start => ((double)start / BinsPerUnit, (double)(start + width) / BinsPerUnit, _counts.Skip(start).Take(width).Sum()))];
    }
}
