using System.Runtime.CompilerServices;

namespace AdaptiveInference.ML.Transforms.Inference.Simd;

/// <summary>e to the power of x, to within two units in the last place of a float.</summary>
/// <remarks>
/// The runtime's own is compiled in tiers: in the first seconds of a process it is slower by far, and takes more time than everything
/// else that a network does. This becomes part of its caller, which is compiled once and at full optimisation. A caller has room for about
/// two of it: what exceeds the compiler's budget for a method is not inlined, and compiled in tiers after all.
/// </remarks>
internal static class Exponential<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // Where the result and its reciprocal are normal floats: a sigmoid is 0 or 1 long before.
    private const float Largest = 87;

    // Adding this leaves no bits for a fraction.
    private const float RoundsToInteger = 3 << 22;

    // ln 2 in two parts, so that a small multiple of the first is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = (float)(0.69314718055994530942 - Ln2High);

    /// <summary>eˣ; x beyond ±87 counts as ±87.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of(TVector x)
    {
        x = TSimd.Min(TSimd.Fill(Largest), TSimd.Max(TSimd.Fill(-Largest), x));
        var power = TSimd.Subtract(
            TSimd.MultiplyAdd(x, TSimd.Fill(1.44269504f), TSimd.Fill(RoundsToInteger)), TSimd.Fill(RoundsToInteger));

        // x = power·ln 2 + r with |r| ≤ ln 2 ÷ 2, where seven terms of the series are enough.
        var r = TSimd.MultiplyAdd(power, TSimd.Fill(-Ln2Low), TSimd.MultiplyAdd(power, TSimd.Fill(-Ln2High), x));
        var sum = TSimd.MultiplyAdd(TSimd.Fill(1 / 5040f), r, TSimd.Fill(1 / 720f));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Fill(1 / 120f));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Fill(1 / 24f));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Fill(1 / 6f));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Fill(0.5f));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Fill(1));
        sum = TSimd.MultiplyAdd(sum, r, TSimd.Fill(1));
        return TSimd.Multiply(sum, TSimd.PowerOfTwo(power));
    }
}
