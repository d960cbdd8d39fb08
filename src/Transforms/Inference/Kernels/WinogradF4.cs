using System.Runtime.CompilerServices;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>F(4×4, 3×3): 36 products for 16 outputs instead of 144. Interpolation points 0, ±1, ±2 and ∞.</summary>
internal readonly unsafe struct WinogradF4<TSimd, TVector> : IWinograd<TVector>
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
        Combine(source, sourceStep, out var y0, out var y1, out var y2, out var y3);
        TSimd.Store(y0, target);
        TSimd.Store(y1, target + targetStep);
        TSimd.Store(y2, target + (2 * targetStep));
        TSimd.Store(y3, target + (3 * targetStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputRow(float* source, TVector bias, float* target, int columns, Epilogue epilogue)
    {
        var lanes = TSimd.Lanes;
        Combine(source, lanes, out var y0, out var y1, out var y2, out var y3);
        Tile<TSimd, TVector>.Store(TSimd.Add(bias, y0), target, epilogue, stored: true);
        Tile<TSimd, TVector>.Store(TSimd.Add(bias, y1), target + lanes, epilogue, columns > 1);
        Tile<TSimd, TVector>.Store(TSimd.Add(bias, y2), target + (2 * lanes), epilogue, columns > 2);
        Tile<TSimd, TVector>.Store(TSimd.Add(bias, y3), target + (3 * lanes), epilogue, columns > 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Combine(float* source, nint step, out TVector y0, out TVector y1, out TVector y2, out TVector y3)
    {
        TVector m1 = TSimd.Load(source + step), m2 = TSimd.Load(source + (2 * step));
        TVector m3 = TSimd.Load(source + (3 * step)), m4 = TSimd.Load(source + (4 * step));
        TVector sum = TSimd.Add(m1, m2), difference = TSimd.Subtract(m1, m2);
        TVector sumOfTwos = TSimd.Add(m3, m4), differenceOfTwos = TSimd.Subtract(m3, m4);
        y0 = TSimd.Add(TSimd.Load(source), TSimd.Add(sum, sumOfTwos));
        y1 = TSimd.MultiplyAdd(TSimd.Fill(2), differenceOfTwos, difference);
        y2 = TSimd.MultiplyAdd(TSimd.Fill(4), sumOfTwos, sum);
        y3 = TSimd.MultiplyAdd(TSimd.Fill(8), differenceOfTwos, TSimd.Add(difference, TSimd.Load(source + (5 * step))));
    }
}
