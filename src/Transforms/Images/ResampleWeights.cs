using System.Collections.Concurrent;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// One axis of a bilinear resize that averages when it shrinks: for each target position the first source position that counts, and the
/// weights from there on (a triangle filter as wide as the step between target positions).
/// </summary>
internal sealed class ResampleWeights
{
    /// <summary>Pairs of sizes that are kept: photos come in a few sizes, upright and lying.</summary>
    private const int MostKept = 32;

    /// <summary>Longest axis whose weights are kept, so that one odd image does not hold megabytes.</summary>
    private const int LongestKept = 1 << 16;

    private static readonly ConcurrentDictionary<(int Size, AxisWindow Window, int NewSize), ResampleWeights> Kept = new();

    private readonly int[] _first;
    private readonly int[] _offsets;
    private readonly float[] _weights;

    private ResampleWeights(int[] first, int[] offsets, float[] weights) => (_first, _offsets, _weights) = (first, offsets, weights);

    /// <summary>The weights for an axis. Safe to call from any number of threads.</summary>
    /// <param name="size">Source positions, from 1.</param>
    /// <param name="window">
    /// The part that is resized: of a picture that was decoded reduced, the last position is covered in part. What lies beside it counts
    /// at its ends, as if it were cut out afterwards.
    /// </param>
    /// <param name="newSize">Target positions, from 1.</param>
    public static ResampleWeights Of(int size, AxisWindow window, int newSize)
    {
        if (Kept.TryGetValue((size, window, newSize), out var weights))
        {
            return weights;
        }

        weights = Compute(size, window, newSize);
        if (size <= LongestKept && newSize <= LongestKept)
        {
            if (Kept.Count >= MostKept)
            {
                Kept.Clear();
            }

            Kept.TryAdd((size, window, newSize), weights);
        }

        return weights;
    }

    /// <summary>First source position that counts for a target position.</summary>
    public int First(int position) => _first[position];

    /// <summary>Source position after the last one that counts.</summary>
    public int End(int position) => _first[position] + _offsets[position + 1] - _offsets[position];

    /// <summary>Weights of the source positions from <see cref="First"/> on; they sum to 1.</summary>
    public ReadOnlySpan<float> Of(int position) => _weights.AsSpan(_offsets[position], _offsets[position + 1] - _offsets[position]);

    /// <summary>The weights, not kept: for windows that do not come again.</summary>
    /// <inheritdoc cref="Of(int, AxisWindow, int)" />
    public static ResampleWeights Compute(int size, AxisWindow window, int newSize)
    {
        var scale = window.Length / newSize;
        var reach = Math.Max(scale, 1.0);
        var first = new int[newSize];
        var offsets = new int[newSize + 1];
        var weights = new List<float>();
        var raw = new List<double>();
        for (var i = 0; i < newSize; i++)
        {
            var centre = window.Start + ((i + 0.5) * scale);
            var from = Math.Max((int)Math.Floor(centre - reach), 0);
            var to = Math.Min((int)Math.Ceiling(centre + reach), size);

            // Positions at the foot of the triangle count nothing: an axis that keeps its size has one weight and no more.
            while (to - from > 1 && Weight(from, centre) == 0)
            {
                from++;
            }

            while (to - from > 1 && Weight(to - 1, centre) == 0)
            {
                to--;
            }

            raw.Clear();
            for (var position = from; position < to; position++)
            {
                raw.Add(Weight(position, centre));
            }

            var sum = raw.Sum();
            first[i] = from;
            weights.AddRange(raw.Select(value => (float)(value / sum)));
            offsets[i + 1] = weights.Count;
        }

        return new ResampleWeights(first, offsets, [.. weights]);

        double Weight(int position, double centre) => Math.Max(0, 1 - (Math.Abs(position + 0.5 - centre) / reach));
    }
}
