using System.Runtime.CompilerServices;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>F(4×4, 3×3): 36 products for 16 outputs instead of 144. Interpolation points 0, ±1, ±2 and ∞.</summary>
internal readonly unsafe struct WinogradF4<TSimd, TVector> : IWinograd
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static int Outputs => 4;

    public static int Side => 6;

    public static double[][] Filter =>
    [
        [1 / 4.0, 0, 0],
        [-1 / 6.0, -1 / 6.0, -1 / 6.0],
        [-1 / 6.0, 1 / 6.0, -1 / 6.0],
        [1 / 24.0, 1 / 12.0, 1 / 6.0],
        [1 / 24.0, -1 / 12.0, 1 / 6.0],
        [0, 0, 1],
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* source, nint sourceStep, float* target, nint targetStep)
    {
        TVector d0 = TSimd.Load(source), d1 = TSimd.Load(source + sourceStep), d2 = TSimd.Load(source + (2 * sourceStep));
        TVector d3 = TSimd.Load(source + (3 * sourceStep)), d4 = TSimd.Load(source + (4 * sourceStep));
        TVector d5 = TSimd.Load(source + (5 * sourceStep));
        TVector two = TSimd.Fill(2), minusFour = TSimd.Fill(-4), minusFive = TSimd.Fill(-5), four = TSimd.Fill(4);
        var even = TSimd.MultiplyAdd(minusFour, d2, d4);    // d4 − 4·d2
        var odd = TSimd.MultiplyAdd(minusFour, d1, d3);     // d3 − 4·d1
        var evenHalf = TSimd.Subtract(d4, d2);
        var oddHalf = TSimd.Multiply(two, TSimd.Subtract(d3, d1));
        TSimd.Store(TSimd.MultiplyAdd(four, d0, TSimd.MultiplyAdd(minusFive, d2, d4)), target);
        TSimd.Store(TSimd.Add(even, odd), target + targetStep);
        TSimd.Store(TSimd.Subtract(even, odd), target + (2 * targetStep));
        TSimd.Store(TSimd.Add(evenHalf, oddHalf), target + (3 * targetStep));
        TSimd.Store(TSimd.Subtract(evenHalf, oddHalf), target + (4 * targetStep));
        TSimd.Store(TSimd.MultiplyAdd(four, d1, TSimd.MultiplyAdd(minusFive, d3, d5)), target + (5 * targetStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(float* source, nint sourceStep, float* target, nint targetStep)
    {
        TVector m1 = TSimd.Load(source + sourceStep), m2 = TSimd.Load(source + (2 * sourceStep));
        TVector m3 = TSimd.Load(source + (3 * sourceStep)), m4 = TSimd.Load(source + (4 * sourceStep));
        TVector sum = TSimd.Add(m1, m2), difference = TSimd.Subtract(m1, m2);
        TVector sumOfTwos = TSimd.Add(m3, m4), differenceOfTwos = TSimd.Subtract(m3, m4);
        TSimd.Store(TSimd.Add(TSimd.Load(source), TSimd.Add(sum, sumOfTwos)), target);
        TSimd.Store(TSimd.MultiplyAdd(TSimd.Fill(2), differenceOfTwos, difference), target + targetStep);
        TSimd.Store(TSimd.MultiplyAdd(TSimd.Fill(4), sumOfTwos, sum), target + (2 * targetStep));
        var last = TSimd.Add(difference, TSimd.Load(source + (5 * sourceStep)));
        TSimd.Store(TSimd.MultiplyAdd(TSimd.Fill(8), differenceOfTwos, last), target + (3 * targetStep));
    }
}
