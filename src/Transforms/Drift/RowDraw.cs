namespace AdaptiveInference.ML.Transforms.Drift;

/// <summary>
/// Draws a share of rows by their numbers: the same seed draws the same numbers, on any machine and from any number of threads.
/// </summary>
internal readonly struct RowDraw(double share, int seed)
{
    private const double Unit = 1.0 / (1L << 53);

    private readonly ulong _seed = Mix(unchecked((ulong)seed));

    public bool Takes(long row) => (Mix(_seed + (ulong)row) >> 11) * Unit < share;

    // SplitMix64 (Steele, Lea and Flood, 2014): neighbouring numbers give independent bits.
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
