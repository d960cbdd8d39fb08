using System.Numerics;
using System.Runtime.CompilerServices;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>Looks for NaN and infinity.</summary>
internal static class FiniteFloats
{
    /// <summary>Whether all values are finite.</summary>
    /// <remarks>
    /// Compiled at full speed at once: it runs over every image from the first, and over all weights of a model once in a process.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool All(ReadOnlySpan<float> values)
    {
        // x · 0 is 0, but NaN where x is NaN or infinite.
        var zeros = Vector<float>.Zero;
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            zeros += new Vector<float>(values[i..]) * 0f;
        }

        var zero = Vector.Sum(zeros);
        for (; i < values.Length; i++)
        {
            zero += values[i] * 0f;
        }

        return zero == 0;
    }
}
