using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;

/// <summary>F(2×2, 3×3): 16 products for 4 outputs instead of 36, with less than half of F(4×4, 3×3)'s weights.</summary>
internal readonly unsafe struct WinogradF2<TSimd, TVector> : IWinograd<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static int Outputs => WinogradTile.F2;

    public static int Stride => 1;

    public static int Side => 4;

    public static double[][] Filter => [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* source, nint rowStride, float* target, nint position)
    {
        float* row1 = source + rowStride, row2 = row1 + rowStride, row3 = row2 + rowStride;
        Bt(source, out var a0, out var a1, out var a2, out var a3);
        Bt(row1, out var b0, out var b1, out var b2, out var b3);
        Bt(row2, out var c0, out var c1, out var c2, out var c3);
        Bt(row3, out var d0, out var d1, out var d2, out var d3);
        InputColumn(a0, b0, c0, d0, target, 4 * position);
        InputColumn(a1, b1, c1, d1, target + position, 4 * position);
        InputColumn(a2, b2, c2, d2, target + (2 * position), 4 * position);
        InputColumn(a3, b3, c3, d3, target + (3 * position), 4 * position);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(
        float* source, nint position, TVector bias, float* target, nint rowStride, int rows, int columns, Epilogue epilogue)
    {
        At(source, 4 * position, out var a0, out var b0);
        At(source + position, 4 * position, out var a1, out var b1);
        At(source + (2 * position), 4 * position, out var a2, out var b2);
        At(source + (3 * position), 4 * position, out var a3, out var b3);
        OutputRow(a0, a1, a2, a3, bias, target, columns, epilogue);
        if (rows > 1)
        {
            OutputRow(b0, b1, b2, b3, bias, target + rowStride, columns, epilogue);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Bt(float* row, out TVector x0, out TVector x1, out TVector x2, out TVector x3)
    {
        var lanes = TSimd.Lanes;
        TVector d1 = TSimd.Load(row + lanes), d2 = TSimd.Load(row + (2 * lanes));
        x0 = TSimd.Subtract(TSimd.Load(row), d2);
        x1 = TSimd.Add(d1, d2);
        x2 = TSimd.Subtract(d2, d1);
        x3 = TSimd.Subtract(d1, TSimd.Load(row + (3 * lanes)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputColumn(TVector d0, TVector d1, TVector d2, TVector d3, float* target, nint step)
    {
        TSimd.Store(TSimd.Subtract(d0, d2), target);
        TSimd.Store(TSimd.Add(d1, d2), target + step);
        TSimd.Store(TSimd.Subtract(d2, d1), target + (2 * step));
        TSimd.Store(TSimd.Subtract(d1, d3), target + (3 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void At(float* source, nint step, out TVector y0, out TVector y1)
    {
        TVector m1 = TSimd.Load(source + step), m2 = TSimd.Load(source + (2 * step));
        y0 = TSimd.Add(TSimd.Load(source), TSimd.Add(m1, m2));
        y1 = TSimd.Subtract(TSimd.Subtract(m1, m2), TSimd.Load(source + (3 * step)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputRow(
        TVector m0, TVector m1, TVector m2, TVector m3, TVector bias, float* target, int columns, Epilogue epilogue)
    {
        var y0 = TSimd.Add(TSimd.Add(bias, m0), TSimd.Add(m1, m2));
        TileSteps<TSimd, TVector>.Store(y0, target, epilogue, stored: true);
        var y1 = TSimd.Subtract(TSimd.Subtract(TSimd.Add(bias, m1), m2), m3);
        TileSteps<TSimd, TVector>.Store(y1, target + TSimd.Lanes, epilogue, columns > 1);
    }
}
