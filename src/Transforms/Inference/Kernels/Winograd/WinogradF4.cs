using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;

/// <summary>F(4×4, 3×3): 36 products for 16 outputs instead of 144. Interpolation points 0, ±1, ±2 and ∞.</summary>
/// <remarks>
/// Products may be scaled at every position as long as the outputs undo it. These scales are the same for the whole of G, which makes its
/// rows short sums (<see cref="WinogradRowProducts{TSimd,TVector}"/> computes them while it multiplies), and cost the outputs nothing:
/// factors
/// move into multiply–adds that take the place of additions.
/// </remarks>
internal readonly unsafe struct WinogradF4<TSimd, TVector> : IWinograd<TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static int Outputs => WinogradTile.F4;

    public static int Stride => 1;

    public static int Side => 6;

    public static double[][] Filter =>
    [
        [Scale, 0, 0],
        [Scale, Scale, Scale],
        [Scale, -Scale, Scale],
        [Scale, 2 * Scale, 4 * Scale],
        [Scale, -2 * Scale, 4 * Scale],
        [0, 0, Scale],
    ];

    /// <summary>What stands in all of <see cref="Filter"/>: the value that leaves positions 1 and 2 as they are in the outputs.</summary>
    public static double Scale => -1 / 6.0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* source, nint rowStride, float* target, nint position)
    {
        if (TSimd.HasManyRegisters)
        {
            InputInRegisters(source, rowStride, target, position);
        }
        else
        {
            InputByLines(source, rowStride, target, position);
        }
    }

    // Columns 0 and 5 of d·B come alone, 1 with 2 and 3 with 4 in pairs that share their terms.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputInRegisters(float* source, nint rowStride, float* target, nint position)
    {
        int lanes = TSimd.Lanes;
        float* row1 = source + rowStride, row2 = row1 + rowStride, row3 = row2 + rowStride, row4 = row3 + rowStride,
            row5 = row4 + rowStride;
        InputColumn(Outer(source), Outer(row1), Outer(row2), Outer(row3), Outer(row4), Outer(row5), target, 6 * position);

        Ones(source, out var p0, out var q0);
        Ones(row1, out var p1, out var q1);
        Ones(row2, out var p2, out var q2);
        Ones(row3, out var p3, out var q3);
        Ones(row4, out var p4, out var q4);
        Ones(row5, out var p5, out var q5);
        InputColumn(p0, p1, p2, p3, p4, p5, target + position, 6 * position);
        InputColumn(q0, q1, q2, q3, q4, q5, target + (2 * position), 6 * position);

        Twos(source, out p0, out q0);
        Twos(row1, out p1, out q1);
        Twos(row2, out p2, out q2);
        Twos(row3, out p3, out q3);
        Twos(row4, out p4, out q4);
        Twos(row5, out p5, out q5);
        InputColumn(p0, p1, p2, p3, p4, p5, target + (3 * position), 6 * position);
        InputColumn(q0, q1, q2, q3, q4, q5, target + (4 * position), 6 * position);

        InputColumn(
            Outer(source + lanes),
            Outer(row1 + lanes),
            Outer(row2 + lanes),
            Outer(row3 + lanes),
            Outer(row4 + lanes),
            Outer(row5 + lanes),
            target + (5 * position),
            6 * position);
    }

    // Sixteen registers do not hold what is between columns and rows: it waits where the rows' results go.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputByLines(float* source, nint rowStride, float* target, nint position)
    {
        var columns = target;
        for (var column = 0; column < Side; column++, source += TSimd.Lanes, columns += position)
        {
            InputLine(source, rowStride, columns, Side * position);
        }

        for (var row = 0; row < Side; row++, target += Side * position)
        {
            InputLine(target, position, target, position);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputLine(float* source, nint step, float* target, nint position)
        => InputColumn(
            TSimd.Load(source),
            TSimd.Load(source + step),
            TSimd.Load(source + (2 * step)),
            TSimd.Load(source + (3 * step)),
            TSimd.Load(source + (4 * step)),
            TSimd.Load(source + (5 * step)),
            target,
            position);

    // Rows 0 and 2 of Aᵀ·m share their sums, 1 and 3 their differences.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(
        float* source, nint position, TVector bias, float* target, nint rowStride, int rows, int columns, Epilogue epilogue)
    {
        var step = 6 * position;
        Even(source, step, out var p0, out var q0);
        Even(source + position, step, out var p1, out var q1);
        Even(source + (2 * position), step, out var p2, out var q2);
        Even(source + (3 * position), step, out var p3, out var q3);
        Even(source + (4 * position), step, out var p4, out var q4);
        Even(source + (5 * position), step, out var p5, out var q5);
        OutputRow(p0, p1, p2, p3, p4, p5, bias, target, columns, epilogue);
        if (rows > 2)
        {
            OutputRow(q0, q1, q2, q3, q4, q5, bias, target + (2 * rowStride), columns, epilogue);
        }

        if (rows > 1)
        {
            Odd(source, step, out p0, out q0);
            Odd(source + position, step, out p1, out q1);
            Odd(source + (2 * position), step, out p2, out q2);
            Odd(source + (3 * position), step, out p3, out q3);
            Odd(source + (4 * position), step, out p4, out q4);
            Odd(source + (5 * position), step, out p5, out q5);
            OutputRow(p0, p1, p2, p3, p4, p5, bias, target + rowStride, columns, epilogue);
            if (rows > 3)
            {
                OutputRow(q0, q1, q2, q3, q4, q5, bias, target + (3 * rowStride), columns, epilogue);
            }
        }
    }

    // 4·d0 − 5·d2 + d4
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Outer(float* row) => Outer(
        TSimd.Load(row), TSimd.Load(row + (2 * TSimd.Lanes)), TSimd.Load(row + (4 * TSimd.Lanes)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Outer(TVector d0, TVector d2, TVector d4)
        => TSimd.MultiplyAdd(TSimd.Fill(4), d0, TSimd.MultiplyAdd(TSimd.Fill(-5), d2, d4));

    // (d4 − 4·d2) ± (d3 − 4·d1)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ones(float* row, out TVector plus, out TVector minus)
    {
        var lanes = TSimd.Lanes;
        Ones(
            TSimd.Load(row + lanes),
            TSimd.Load(row + (2 * lanes)),
            TSimd.Load(row + (3 * lanes)),
            TSimd.Load(row + (4 * lanes)),
            out plus,
            out minus);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ones(TVector d1, TVector d2, TVector d3, TVector d4, out TVector plus, out TVector minus)
    {
        var minusFour = TSimd.Fill(-4);
        TVector even = TSimd.MultiplyAdd(minusFour, d2, d4), odd = TSimd.MultiplyAdd(minusFour, d1, d3);
        plus = TSimd.Add(even, odd);
        minus = TSimd.Subtract(even, odd);
    }

    // (d4 − d2) ± 2·(d3 − d1)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Twos(float* row, out TVector plus, out TVector minus)
    {
        var lanes = TSimd.Lanes;
        Twos(
            TSimd.Load(row + lanes),
            TSimd.Load(row + (2 * lanes)),
            TSimd.Load(row + (3 * lanes)),
            TSimd.Load(row + (4 * lanes)),
            out plus,
            out minus);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Twos(TVector d1, TVector d2, TVector d3, TVector d4, out TVector plus, out TVector minus)
    {
        TVector even = TSimd.Subtract(d4, d2), odd = TSimd.Subtract(d3, d1);
        plus = TSimd.MultiplyAdd(TSimd.Fill(2), odd, even);
        minus = TSimd.MultiplyAdd(TSimd.Fill(-2), odd, even);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputColumn(
        TVector d0, TVector d1, TVector d2, TVector d3, TVector d4, TVector d5, float* target, nint step)
    {
        TSimd.Store(Outer(d0, d2, d4), target);
        Ones(d1, d2, d3, d4, out var plus, out var minus);
        TSimd.Store(plus, target + step);
        TSimd.Store(minus, target + (2 * step));
        Twos(d1, d2, d3, d4, out plus, out minus);
        TSimd.Store(plus, target + (3 * step));
        TSimd.Store(minus, target + (4 * step));
        TSimd.Store(Outer(d1, d3, d5), target + (5 * step));
    }

    // y0 = −3/2·m0 + (m1 + m2) − 1/4·(m3 + m4), y2 = (m1 + m2) − (m3 + m4)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Even(float* source, nint step, out TVector y0, out TVector y2)
    {
        var ones = TSimd.Add(TSimd.Load(source + step), TSimd.Load(source + (2 * step)));
        var twos = TSimd.Add(TSimd.Load(source + (3 * step)), TSimd.Load(source + (4 * step)));
        y0 = First(TSimd.Load(source), ones, twos);
        y2 = TSimd.Subtract(ones, twos);
    }

    // y1 = (m1 − m2) − 1/2·(m3 − m4), y3 = (m1 − m2) − 2·(m3 − m4) − 6·m5
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Odd(float* source, nint step, out TVector y1, out TVector y3)
    {
        var ones = TSimd.Subtract(TSimd.Load(source + step), TSimd.Load(source + (2 * step)));
        var twos = TSimd.Subtract(TSimd.Load(source + (3 * step)), TSimd.Load(source + (4 * step)));
        y1 = TSimd.MultiplyAdd(TSimd.Fill(-0.5f), twos, ones);
        y3 = Last(ones, twos, TSimd.Load(source + (5 * step)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector First(TVector m0, TVector ones, TVector twos)
        => TSimd.MultiplyAdd(TSimd.Fill(-1.5f), m0, TSimd.MultiplyAdd(TSimd.Fill(-0.25f), twos, ones));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Last(TVector ones, TVector twos, TVector m5)
        => TSimd.MultiplyAdd(TSimd.Fill(-2), twos, TSimd.MultiplyAdd(TSimd.Fill(-6), m5, ones));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputRow(
        TVector m0,
        TVector m1,
        TVector m2,
        TVector m3,
        TVector m4,
        TVector m5,
        TVector bias,
        float* target,
        int columns,
        Epilogue epilogue)
    {
        var lanes = TSimd.Lanes;
        TVector sum = TSimd.Add(bias, TSimd.Add(m1, m2)), difference = TSimd.Add(bias, TSimd.Subtract(m1, m2));
        TVector sumOfTwos = TSimd.Add(m3, m4), differenceOfTwos = TSimd.Subtract(m3, m4);
        TileSteps<TSimd, TVector>.Store(First(m0, sum, sumOfTwos), target, epilogue, stored: true);
        var y1 = TSimd.MultiplyAdd(TSimd.Fill(-0.5f), differenceOfTwos, difference);
        TileSteps<TSimd, TVector>.Store(y1, target + lanes, epilogue, columns > 1);
        TileSteps<TSimd, TVector>.Store(TSimd.Subtract(sum, sumOfTwos), target + (2 * lanes), epilogue, columns > 2);
        TileSteps<TSimd, TVector>.Store(Last(difference, differenceOfTwos, m5), target + (3 * lanes), epilogue, columns > 3);
    }
}
