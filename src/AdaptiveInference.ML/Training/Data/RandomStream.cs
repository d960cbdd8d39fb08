namespace AdaptiveInference.ML.Training.Data;

/// <summary>
/// A small seeded generator (SplitMix64, Steele et al., OOPSLA 2014). Streams are named by a seed and a few numbers, such as purpose, epoch
/// and image, so that what is drawn depends neither on the order of the work nor on the thread that does it, and an interrupted run
/// continues with the same draws.
/// </summary>
internal struct RandomStream
{
    private ulong _state;

    private RandomStream(ulong state) => _state = state;

    /// <summary>What a stream is for: one seed gives unrelated streams for different purposes.</summary>
    public enum Purpose
    {
        Weights,
        Split,
        Order,
        Augmentation,
        Gates,
        Budgets,
    }

    public static RandomStream Of(int seed, Purpose purpose, long first = 0, long second = 0)
    {
        var state = Mix((ulong)(uint)seed + 0x9E3779B97F4A7C15);
        state = Mix(state ^ ((ulong)purpose + 0xD1B54A32D192ED03));
        state = Mix(state ^ ((ulong)first + 0x8CB92BA72F3D8DD7));
        return new RandomStream(Mix(state ^ ((ulong)second + 0xAEF17502108EF2D9)));
    }

    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>A whole number from 0 to less than <paramref name="bound"/>.</summary>
    public int Next(int bound) => (int)BigMul(Next(), (ulong)bound);

    /// <summary>A number from <paramref name="least"/> to less than <paramref name="most"/>, of 2^53 equally probable ones.</summary>
    public double Next(double least, double most) => least + ((Next() >> 11) * (1.0 / (1L << 53)) * (most - least));

    /// <summary>Puts values in random order.</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    // The high half of the product: biased by less than bound ÷ 2^64.
    private static ulong BigMul(ulong a, ulong b) => Math.BigMul(a, b, out _);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
