namespace AdaptiveInference.ML.Transforms.Serving;

/// <summary>Images per second, of late: counts of short windows, of which each older one weighs half as much as the next.</summary>
internal struct ArrivalRate
{
    private const double WindowSeconds = 0.25;
    private const double WeightOfOlder = 0.5;

    private double _windowStart;
    private double _older;
    private int _count;

    /// <summary>Counts an image.</summary>
    /// <param name="now">Seconds since any fixed moment; never falls.</param>
    public void Add(double now)
    {
        Roll(now);
        _count++;
    }

    /// <summary>The rate, in images per second.</summary>
    public double At(double now)
    {
        Roll(now);

        // The window that has only begun says little; it counts where it already has more than the others.
        return Math.Max(_older, _count / WindowSeconds * WeightOfOlder);
    }

    private void Roll(double now)
    {
        var windows = Math.Floor((now - _windowStart) / WindowSeconds);
        if (windows < 1)
        {
            return;
        }

        _older = ((WeightOfOlder * _older) + ((1 - WeightOfOlder) * _count / WindowSeconds)) * Math.Pow(WeightOfOlder, windows - 1);
        _count = 0;
        _windowStart += windows * WindowSeconds;
    }
}
