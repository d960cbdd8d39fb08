using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;

/// <summary>
/// F(2×2, 3×3) with stride 2: 25 products for 4 outputs instead of 36. Along each side the outer two weights meet every other input, which
/// is an F(2, 2) of three products, and the middle weight meets the others (Huang et al., "DWM: A Decomposable Winograd Method for
/// Convolution Acceleration", AAAI 2020). Nothing but additions, so it rounds like the definition.
/// </summary>
internal readonly unsafe struct WinogradStride2<TSimd, TVector> : IWinograd<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static int Outputs => WinogradTile.Stride2;

    public static int Stride => 2;

    public static int Side => 5;

    public static double[][] Filter => [[1, 0, 0], [1, 0, 1], [0, 0, 1], [0, 1, 0], [0, 1, 0]];

    // d0 − d2, d2, d4 − d2; d1, d3
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* source, nint rowStride, float* target, nint position)
    {
        int lanes = TSimd.Lanes;
        float* row1 = source + rowStride, row2 = row1 + rowStride, row3 = row2 + rowStride, row4 = row3 + rowStride;
        InputColumn(
            Difference(source, 0, 2), Difference(row1, 0, 2), Difference(row2, 0, 2), Difference(row3, 0, 2), Difference(row4, 0, 2),
            target, position);
        InputColumn(source + (2 * lanes), rowStride, target + position, position);
        InputColumn(
            Difference(source, 4, 2),
            Difference(row1, 4, 2),
            Difference(row2, 4, 2),
            Difference(row3, 4, 2),
            Difference(row4, 4, 2),
            target + (2 * position),
            position);
        InputColumn(source + lanes, rowStride, target + (3 * position), position);
        InputColumn(source + (3 * lanes), rowStride, target + (4 * position), position);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(
        float* source, nint position, TVector bias, float* target, nint rowStride, int rows, int columns, Epilogue epilogue)
    {
        At(source, position, out var a0, out var b0);
        At(source + position, position, out var a1, out var b1);
        At(source + (2 * position), position, out var a2, out var b2);
        At(source + (3 * position), position, out var a3, out var b3);
        At(source + (4 * position), position, out var a4, out var b4);
        OutputRow(a0, a1, a2, a3, a4, bias, target, columns, epilogue);
        if (rows > 1)
        {
            OutputRow(b0, b1, b2, b3, b4, bias, target + rowStride, columns, epilogue);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Difference(float* row, int minuend, int subtrahend)
        => TSimd.Subtract(TSimd.Load(row + (minuend * TSimd.Lanes)), TSimd.Load(row + (subtrahend * TSimd.Lanes)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputColumn(float* source, nint rowStride, float* target, nint position)
        => InputColumn(
            TSimd.Load(source),
            TSimd.Load(source + rowStride),
            TSimd.Load(source + (2 * rowStride)),
            TSimd.Load(source + (3 * rowStride)),
            TSimd.Load(source + (4 * rowStride)),
            target,
            position);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputColumn(TVector d0, TVector d1, TVector d2, TVector d3, TVector d4, float* target, nint position)
    {
        var step = 5 * position;
        TSimd.Store(TSimd.Subtract(d0, d2), target);
        TSimd.Store(d2, target + step);
        TSimd.Store(TSimd.Subtract(d4, d2), target + (2 * step));
        TSimd.Store(d1, target + (3 * step));
        TSimd.Store(d3, target + (4 * step));
    }

    // y0 = m0 + m1 + m3, y1 = m1 + m2 + m4
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void At(float* source, nint position, out TVector y0, out TVector y1)
    {
        var step = 5 * position;
        var m1 = TSimd.Load(source + step);
        y0 = TSimd.Add(TSimd.Add(TSimd.Load(source), m1), TSimd.Load(source + (3 * step)));
        y1 = TSimd.Add(TSimd.Add(m1, TSimd.Load(source + (2 * step))), TSimd.Load(source + (4 * step)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputRow(
        TVector m0, TVector m1, TVector m2, TVector m3, TVector m4, TVector bias, float* target, int columns, Epilogue epilogue)
    {
        var shared = TSimd.Add(bias, m1);
        TileSteps<TSimd, TVector>.Store(TSimd.Add(TSimd.Add(m0, shared), m3), target, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(TSimd.Add(TSimd.Add(m2, shared), m4), target + TSimd.Lanes, epilogue, columns > 1);
    }
}
