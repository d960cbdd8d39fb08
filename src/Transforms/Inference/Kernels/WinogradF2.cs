using System.Runtime.CompilerServices;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>F(2×2, 3×3): 16 products for 4 outputs instead of 36, with less than half of F(4×4, 3×3)'s weights.</summary>
internal readonly unsafe struct WinogradF2<TSimd, TVector> : IWinograd<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static int Outputs => 2;

    public static int Side => 4;

    public static double[][] Filter => [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* source, nint sourceStep, float* target, nint targetStep)
    {
        TVector d0 = TSimd.Load(source), d1 = TSimd.Load(source + sourceStep);
        TVector d2 = TSimd.Load(source + (2 * sourceStep)), d3 = TSimd.Load(source + (3 * sourceStep));
        TSimd.Store(TSimd.Subtract(d0, d2), target);
        TSimd.Store(TSimd.Add(d1, d2), target + targetStep);
        TSimd.Store(TSimd.Subtract(d2, d1), target + (2 * targetStep));
        TSimd.Store(TSimd.Subtract(d1, d3), target + (3 * targetStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(float* source, nint sourceStep, float* target, nint targetStep)
    {
        Combine(source, sourceStep, out var y0, out var y1);
        TSimd.Store(y0, target);
        TSimd.Store(y1, target + targetStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputRow(float* source, TVector bias, float* target, int columns, Epilogue epilogue)
    {
        Combine(source, TSimd.Lanes, out var y0, out var y1);
        Tile<TSimd, TVector>.Store(TSimd.Add(bias, y0), target, epilogue, stored: true);
        Tile<TSimd, TVector>.Store(TSimd.Add(bias, y1), target + TSimd.Lanes, epilogue, columns > 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Combine(float* source, nint step, out TVector y0, out TVector y1)
    {
        TVector m1 = TSimd.Load(source + step), m2 = TSimd.Load(source + (2 * step));
        y0 = TSimd.Add(TSimd.Load(source), TSimd.Add(m1, m2));
        y1 = TSimd.Subtract(TSimd.Subtract(m1, m2), TSimd.Load(source + (3 * step)));
    }
}
