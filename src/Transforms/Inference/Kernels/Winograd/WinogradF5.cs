using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;

/// <summary>
/// F(5×5, 3×3): 49 products for 25 outputs instead of 225. Interpolation points 0, ±1, ±2, ½ and ∞, at less than twice the rounding error
/// of <see cref="WinogradF4{TSimd,TVector}"/>.
/// </summary>
/// <remarks>
/// Rows of Bᵀ are polynomials in a shift of the input by one: with Q = (x² − 1)(x² − 4), those of 0, ½ and ∞ are (x − ½)·Q, x·Q and
/// x·(x − ½)·Q; with R = x·(x² − 4)·(x − ½), those of ±1 are (x ± 1)·R; with S = x·(x² − 1)·(x − ½), those of ±2 are (x ± 2)·S.
/// </remarks>
internal readonly unsafe struct WinogradF5<TSimd, TVector> : IWinograd<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static int Outputs => WinogradTile.F5;

    public static int Stride => 1;

    public static int Side => 7;

    public static double[][] Filter =>
    [
        [-1 / 2.0, 0, 0],
        [-1 / 3.0, -1 / 3.0, -1 / 3.0],
        [1 / 9.0, -1 / 9.0, 1 / 9.0],
        [1 / 36.0, 2 / 36.0, 4 / 36.0],
        [-1 / 60.0, 2 / 60.0, -4 / 60.0],
        [32 / 45.0, 16 / 45.0, 8 / 45.0],
        [0, 0, 1],
    ];

    // In parts that are not inlined: together they exceed what the compiler inlines into one method.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* source, nint rowStride, float* target, nint position)
    {
        InputOuter(source, rowStride, target, position);
        InputOnes(source, rowStride, target + position, position);
        InputTwos(source, rowStride, target + (3 * position), position);
    }

    // Rows 0, 2 and 4 of Aᵀ·m share their sums, 1 and 3 their differences.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(
        float* source, nint position, TVector bias, float* target, nint rowStride, int rows, int columns, Epilogue epilogue)
    {
        var step = 7 * position;
        Even(source, step, out var p0, out var q0);
        Even(source + position, step, out var p1, out var q1);
        Even(source + (2 * position), step, out var p2, out var q2);
        Even(source + (3 * position), step, out var p3, out var q3);
        Even(source + (4 * position), step, out var p4, out var q4);
        Even(source + (5 * position), step, out var p5, out var q5);
        Even(source + (6 * position), step, out var p6, out var q6);
        OutputRow(p0, p1, p2, p3, p4, p5, p6, bias, target, columns, epilogue);
        if (rows > 2)
        {
            OutputRow(q0, q1, q2, q3, q4, q5, q6, bias, target + (2 * rowStride), columns, epilogue);
        }

        if (rows > 1)
        {
            Odd(source, step, out p0, out q0);
            Odd(source + position, step, out p1, out q1);
            Odd(source + (2 * position), step, out p2, out q2);
            Odd(source + (3 * position), step, out p3, out q3);
            Odd(source + (4 * position), step, out p4, out q4);
            Odd(source + (5 * position), step, out p5, out q5);
            Odd(source + (6 * position), step, out p6, out q6);
            OutputRow(p0, p1, p2, p3, p4, p5, p6, bias, target + rowStride, columns, epilogue);
            if (rows > 3)
            {
                OutputRow(q0, q1, q2, q3, q4, q5, q6, bias, target + (3 * rowStride), columns, epilogue);
            }
        }

        if (rows > 4)
        {
            OutputRow(
                Fourth(source, step),
                Fourth(source + position, step),
                Fourth(source + (2 * position), step),
                Fourth(source + (3 * position), step),
                Fourth(source + (4 * position), step),
                Fourth(source + (5 * position), step),
                Fourth(source + (6 * position), step),
                bias,
                target + (4 * rowStride),
                columns,
                epilogue);
        }
    }

    // Columns 0, 5 and 6 of d·B share Q.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void InputOuter(float* source, nint rowStride, float* target, nint position)
    {
        var step = 7 * position;
        float* row1 = source + rowStride, row2 = row1 + rowStride, row3 = row2 + rowStride, row4 = row3 + rowStride;
        float* row5 = row4 + rowStride, row6 = row5 + rowStride;
        Lows(source, out var p0, out var q0);
        Lows(row1, out var p1, out var q1);
        Lows(row2, out var p2, out var q2);
        Lows(row3, out var p3, out var q3);
        Lows(row4, out var p4, out var q4);
        Lows(row5, out var p5, out var q5);
        Lows(row6, out var p6, out var q6);
        InputColumn(p0, p1, p2, p3, p4, p5, p6, target, step);
        InputColumn(q0, q1, q2, q3, q4, q5, q6, target + (5 * position), step);
        p0 = Last(source, q0);
        p1 = Last(row1, q1);
        p2 = Last(row2, q2);
        p3 = Last(row3, q3);
        p4 = Last(row4, q4);
        p5 = Last(row5, q5);
        p6 = Last(row6, q6);
        InputColumn(p0, p1, p2, p3, p4, p5, p6, target + (6 * position), step);
    }

    // Columns 1 and 2.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void InputOnes(float* source, nint rowStride, float* target, nint position)
    {
        var step = 7 * position;
        float* row1 = source + rowStride, row2 = row1 + rowStride, row3 = row2 + rowStride, row4 = row3 + rowStride;
        float* row5 = row4 + rowStride, row6 = row5 + rowStride;
        Ones(source, out var p0, out var q0);
        Ones(row1, out var p1, out var q1);
        Ones(row2, out var p2, out var q2);
        Ones(row3, out var p3, out var q3);
        Ones(row4, out var p4, out var q4);
        Ones(row5, out var p5, out var q5);
        Ones(row6, out var p6, out var q6);
        InputColumn(p0, p1, p2, p3, p4, p5, p6, target, step);
        InputColumn(q0, q1, q2, q3, q4, q5, q6, target + position, step);
    }

    // Columns 3 and 4.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void InputTwos(float* source, nint rowStride, float* target, nint position)
    {
        var step = 7 * position;
        float* row1 = source + rowStride, row2 = row1 + rowStride, row3 = row2 + rowStride, row4 = row3 + rowStride;
        float* row5 = row4 + rowStride, row6 = row5 + rowStride;
        Twos(source, out var p0, out var q0);
        Twos(row1, out var p1, out var q1);
        Twos(row2, out var p2, out var q2);
        Twos(row3, out var p3, out var q3);
        Twos(row4, out var p4, out var q4);
        Twos(row5, out var p5, out var q5);
        Twos(row6, out var p6, out var q6);
        InputColumn(p0, p1, p2, p3, p4, p5, p6, target, step);
        InputColumn(q0, q1, q2, q3, q4, q5, q6, target + position, step);
    }

    // (x − ½)·Q and x·Q
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Lows(float* row, out TVector zero, out TVector half)
    {
        var lanes = TSimd.Lanes;
        half = Quartic(TSimd.Load(row + lanes), TSimd.Load(row + (3 * lanes)), TSimd.Load(row + (5 * lanes)));
        zero = MinusHalf(half, Quartic(TSimd.Load(row), TSimd.Load(row + (2 * lanes)), TSimd.Load(row + (4 * lanes))));
    }

    // x·(x − ½)·Q
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Last(float* row, TVector half)
    {
        var lanes = TSimd.Lanes;
        return MinusHalf(Quartic(TSimd.Load(row + (2 * lanes)), TSimd.Load(row + (4 * lanes)), TSimd.Load(row + (6 * lanes))), half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ones(float* row, out TVector plus, out TVector minus)
    {
        var lanes = TSimd.Lanes;
        Ones(
            TSimd.Load(row + lanes),
            TSimd.Load(row + (2 * lanes)),
            TSimd.Load(row + (3 * lanes)),
            TSimd.Load(row + (4 * lanes)),
            TSimd.Load(row + (5 * lanes)),
            out plus,
            out minus);
    }

    // x·R ± R
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ones(TVector d1, TVector d2, TVector d3, TVector d4, TVector d5, out TVector plus, out TVector minus)
    {
        var minusFour = TSimd.Fill(-4);
        var middle = TSimd.MultiplyAdd(minusFour, d2, d4);
        TVector low = MinusHalf(middle, TSimd.MultiplyAdd(minusFour, d1, d3)),
            high = MinusHalf(TSimd.MultiplyAdd(minusFour, d3, d5), middle);
        plus = TSimd.Add(high, low);
        minus = TSimd.Subtract(high, low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Twos(float* row, out TVector plus, out TVector minus)
    {
        var lanes = TSimd.Lanes;
        Twos(
            TSimd.Load(row + lanes),
            TSimd.Load(row + (2 * lanes)),
            TSimd.Load(row + (3 * lanes)),
            TSimd.Load(row + (4 * lanes)),
            TSimd.Load(row + (5 * lanes)),
            out plus,
            out minus);
    }

    // x·S ± 2·S
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Twos(TVector d1, TVector d2, TVector d3, TVector d4, TVector d5, out TVector plus, out TVector minus)
    {
        var middle = TSimd.Subtract(d4, d2);
        TVector low = MinusHalf(middle, TSimd.Subtract(d3, d1)), high = MinusHalf(TSimd.Subtract(d5, d3), middle);
        plus = TSimd.MultiplyAdd(TSimd.Fill(2), low, high);
        minus = TSimd.MultiplyAdd(TSimd.Fill(-2), low, high);
    }

    // Q: 4·d0 − 5·d2 + d4
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Quartic(TVector d0, TVector d2, TVector d4)
        => TSimd.MultiplyAdd(TSimd.Fill(4), d0, TSimd.MultiplyAdd(TSimd.Fill(-5), d2, d4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector MinusHalf(TVector value, TVector halved) => TSimd.MultiplyAdd(TSimd.Fill(-0.5f), halved, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputColumn(
        TVector d0, TVector d1, TVector d2, TVector d3, TVector d4, TVector d5, TVector d6, float* target, nint step)
    {
        var half = Quartic(d1, d3, d5);
        TSimd.Store(MinusHalf(half, Quartic(d0, d2, d4)), target);
        TSimd.Store(half, target + (5 * step));
        TSimd.Store(MinusHalf(Quartic(d2, d4, d6), half), target + (6 * step));
        Ones(d1, d2, d3, d4, d5, out var plus, out var minus);
        TSimd.Store(plus, target + step);
        TSimd.Store(minus, target + (2 * step));
        Twos(d1, d2, d3, d4, d5, out plus, out minus);
        TSimd.Store(plus, target + (3 * step));
        TSimd.Store(minus, target + (4 * step));
    }

    // y0 = m0 + (m1 + m2) + (m3 + m4) + m5, y2 = (m1 + m2) + 4·(m3 + m4) + m5 / 4
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Even(float* source, nint step, out TVector y0, out TVector y2)
    {
        var ones = TSimd.Add(TSimd.Load(source + step), TSimd.Load(source + (2 * step)));
        var twos = TSimd.Add(TSimd.Load(source + (3 * step)), TSimd.Load(source + (4 * step)));
        var half = TSimd.Load(source + (5 * step));
        y0 = TSimd.Add(TSimd.Add(TSimd.Load(source), half), TSimd.Add(ones, twos));
        y2 = TSimd.MultiplyAdd(TSimd.Fill(4), twos, TSimd.MultiplyAdd(TSimd.Fill(0.25f), half, ones));
    }

    // y1 = (m1 − m2) + 2·(m3 − m4) + m5 / 2, y3 = (m1 − m2) + 8·(m3 − m4) + m5 / 8
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Odd(float* source, nint step, out TVector y1, out TVector y3)
    {
        var ones = TSimd.Subtract(TSimd.Load(source + step), TSimd.Load(source + (2 * step)));
        var twos = TSimd.Subtract(TSimd.Load(source + (3 * step)), TSimd.Load(source + (4 * step)));
        var half = TSimd.Load(source + (5 * step));
        y1 = TSimd.MultiplyAdd(TSimd.Fill(2), twos, TSimd.MultiplyAdd(TSimd.Fill(0.5f), half, ones));
        y3 = TSimd.MultiplyAdd(TSimd.Fill(8), twos, TSimd.MultiplyAdd(TSimd.Fill(0.125f), half, ones));
    }

    // y4 = (m1 + m2) + 16·(m3 + m4) + m5 / 16 + m6
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Fourth(float* source, nint step)
    {
        var ones = TSimd.Add(TSimd.Load(source + step), TSimd.Load(source + (2 * step)));
        var twos = TSimd.Add(TSimd.Load(source + (3 * step)), TSimd.Load(source + (4 * step)));
        return TSimd.MultiplyAdd(
            TSimd.Fill(16),
            twos,
            TSimd.MultiplyAdd(TSimd.Fill(0.0625f), TSimd.Load(source + (5 * step)), TSimd.Add(ones, TSimd.Load(source + (6 * step)))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputRow(
        TVector m0,
        TVector m1,
        TVector m2,
        TVector m3,
        TVector m4,
        TVector m5,
        TVector m6,
        TVector bias,
        float* target,
        int columns,
        Epilogue epilogue)
    {
        var lanes = TSimd.Lanes;
        TVector sum = TSimd.Add(bias, TSimd.Add(m1, m2)), difference = TSimd.Add(bias, TSimd.Subtract(m1, m2));
        TVector sumOfTwos = TSimd.Add(m3, m4), differenceOfTwos = TSimd.Subtract(m3, m4);
        TileSteps<TSimd, TVector>.Store(TSimd.Add(TSimd.Add(m0, m5), TSimd.Add(sum, sumOfTwos)), target, epilogue, stored: true);
        var y1 = TSimd.MultiplyAdd(TSimd.Fill(2), differenceOfTwos, TSimd.MultiplyAdd(TSimd.Fill(0.5f), m5, difference));
        TileSteps<TSimd, TVector>.Store(y1, target + lanes, epilogue, columns > 1);
        var y2 = TSimd.MultiplyAdd(TSimd.Fill(4), sumOfTwos, TSimd.MultiplyAdd(TSimd.Fill(0.25f), m5, sum));
        TileSteps<TSimd, TVector>.Store(y2, target + (2 * lanes), epilogue, columns > 2);
        var y3 = TSimd.MultiplyAdd(TSimd.Fill(8), differenceOfTwos, TSimd.MultiplyAdd(TSimd.Fill(0.125f), m5, difference));
        TileSteps<TSimd, TVector>.Store(y3, target + (3 * lanes), epilogue, columns > 3);
        var y4 = TSimd.MultiplyAdd(TSimd.Fill(16), sumOfTwos, TSimd.MultiplyAdd(TSimd.Fill(0.0625f), m5, TSimd.Add(sum, m6)));
        TileSteps<TSimd, TVector>.Store(y4, target + (4 * lanes), epilogue, columns > 4);
    }
}
