using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// The transforms of <see cref="ByteWinograd{TIntegers,TWords,TVector}"/>, exact in integers: those of
/// <see cref="Winograd.WinogradF4{TSimd,TVector}"/> with other factors at every position.
/// </summary>
internal static unsafe class ByteWinogradTransform<TIntegers, TWords, TVector>
    where TIntegers : struct, IIntegers<TVector>
    where TWords : struct, IWords<TVector>
    where TVector : struct
{
    private const int Side = ByteWinogradWeights.Side;
    private const int Outputs = WinogradTile.F4;

    /// <summary>From bytes to words: of no byte do they exceed 17,340.</summary>
    /// <param name="source">The first pixel of the map.</param>
    /// <param name="map">The map.</param>
    /// <param name="tiles">Where its tiles are.</param>
    /// <param name="words">Where the first tile's go.</param>
    /// <param name="layout">Distances there.</param>
    /// <param name="first">First tile.</param>
    /// <param name="count">Number of tiles.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Forward(byte* source, ByteMap map, ByteWinogradTiles tiles, short* words, ChunkLayout layout, int first, int count)
    {
        var together = 2 * TIntegers.Lanes;
        nint pixel = map.PixelStride, row = map.RowStride;
        source -= row + pixel;
        for (var channel = 0; channel < map.PixelStride; channel += together, source += together, words += layout.Group)
        {
            var target = words;
            var (y, x) = Math.DivRem(first, tiles.Columns);
            for (var left = count; left > 0; left--, target += together)
            {
                var tile = source + (tiles.Top(y) * row) + (tiles.Left(x) * pixel);
                if (TWords.HasManyRegisters)
                {
                    InputInRegisters(tile, pixel, row, target, layout.Position);
                }
                else
                {
                    InputByLines(tile, pixel, row, target, layout.Position);
                }

                (y, x) = x + 1 < tiles.Columns ? (y, x + 1) : (y + 1, 0);
            }
        }
    }

    /// <summary>From the products to bytes or floats, for one vector of outputs.</summary>
    /// <typeparam name="TResult">Bytes or floats.</typeparam>
    /// <param name="products">The first tile's.</param>
    /// <param name="position">Products from one of the positions to the next.</param>
    /// <param name="place">Where results go.</param>
    /// <param name="row">From a pixel's results to those of the one below.</param>
    /// <param name="pixel">From a pixel's results to the next.</param>
    /// <param name="tiles">Where tiles are.</param>
    /// <param name="first">First tile.</param>
    /// <param name="count">Number of tiles.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Back<TResult>(
        int* products, nint position, in OutputPlace place, nint row, nint pixel, ByteWinogradTiles tiles, int first, int count)
        where TResult : unmanaged
    {
        var to = (TResult*)(typeof(TResult) == typeof(byte) ? place.Bytes : (void*)place.Floats);
        var (y, x) = Math.DivRem(first, tiles.Columns);
        for (; count > 0; count--, products += TIntegers.Lanes)
        {
            int top = tiles.Top(y), left = tiles.Left(x), skipRows = (y * Outputs) - top, skipColumns = (x * Outputs) - left;
            var target = to + (top * row) + (left * pixel);
            if ((skipRows | skipColumns) == 0)
            {
                Output(products, position, in place, target, row, pixel, skipRows: 0, skipColumns: 0);
            }
            else
            {
                OutputAtEdge(products, position, in place, target, row, pixel, skipRows, skipColumns);
            }

            (y, x) = x + 1 < tiles.Columns ? (y, x + 1) : (y + 1, 0);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void OutputAtEdge<TResult>(
        int* source, nint position, in OutputPlace place, TResult* target, nint row, nint pixel, int skipRows, int skipColumns)
        where TResult : unmanaged
        => Output(source, position, in place, target, row, pixel, skipRows, skipColumns);

    // Columns 0 and 5 come alone, 1 with 2 and 3 with 4 in pairs that share their terms.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputInRegisters(byte* source, nint pixel, nint row, short* target, nint position)
    {
        byte* row1 = source + row, row2 = row1 + row, row3 = row2 + row, row4 = row3 + row, row5 = row4 + row;
        InputColumn(
            Outer(source, pixel), Outer(row1, pixel), Outer(row2, pixel), Outer(row3, pixel), Outer(row4, pixel), Outer(row5, pixel),
            target, Side * position);

        Ones(source, pixel, out var p0, out var q0);
        Ones(row1, pixel, out var p1, out var q1);
        Ones(row2, pixel, out var p2, out var q2);
        Ones(row3, pixel, out var p3, out var q3);
        Ones(row4, pixel, out var p4, out var q4);
        Ones(row5, pixel, out var p5, out var q5);
        InputColumn(p0, p1, p2, p3, p4, p5, target + position, Side * position);
        InputColumn(q0, q1, q2, q3, q4, q5, target + (2 * position), Side * position);

        Twos(source, pixel, out p0, out q0);
        Twos(row1, pixel, out p1, out q1);
        Twos(row2, pixel, out p2, out q2);
        Twos(row3, pixel, out p3, out q3);
        Twos(row4, pixel, out p4, out q4);
        Twos(row5, pixel, out p5, out q5);
        InputColumn(p0, p1, p2, p3, p4, p5, target + (3 * position), Side * position);
        InputColumn(q0, q1, q2, q3, q4, q5, target + (4 * position), Side * position);

        InputColumn(
            Outer(source + pixel, pixel), Outer(row1 + pixel, pixel), Outer(row2 + pixel, pixel), Outer(row3 + pixel, pixel),
            Outer(row4 + pixel, pixel), Outer(row5 + pixel, pixel), target + (5 * position), Side * position);
    }

    // Sixteen registers do not hold what is between columns and rows: it waits where the rows' results go.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputByLines(byte* source, nint pixel, nint row, short* target, nint position)
    {
        var columns = target;
        for (var column = 0; column < Side; column++, source += pixel, columns += position)
        {
            InputColumn(
                TWords.Widen(source), TWords.Widen(source + row), TWords.Widen(source + (2 * row)), TWords.Widen(source + (3 * row)),
                TWords.Widen(source + (4 * row)), TWords.Widen(source + (5 * row)), columns, Side * position);
        }

        for (var line = 0; line < Side; line++, target += Side * position)
        {
            InputColumn(
                TIntegers.Load(target), TIntegers.Load(target + position), TIntegers.Load(target + (2 * position)),
                TIntegers.Load(target + (3 * position)), TIntegers.Load(target + (4 * position)), TIntegers.Load(target + (5 * position)),
                target, position);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputColumn(TVector d0, TVector d1, TVector d2, TVector d3, TVector d4, TVector d5, short* target, nint step)
    {
        TWords.Store(Outer(d0, d2, d4), target);
        Ones(d1, d2, d3, d4, out var plus, out var minus);
        TWords.Store(plus, target + step);
        TWords.Store(minus, target + (2 * step));
        Twos(d1, d2, d3, d4, out plus, out minus);
        TWords.Store(plus, target + (3 * step));
        TWords.Store(minus, target + (4 * step));
        TWords.Store(Outer(d1, d3, d5), target + (5 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Outer(byte* row, nint pixel)
        => Outer(TWords.Widen(row), TWords.Widen(row + (2 * pixel)), TWords.Widen(row + (4 * pixel)));

    // 4·d0 − 5·d2 + d4
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Outer(TVector d0, TVector d2, TVector d4)
        => TWords.AddWords(TWords.FourWords(TWords.SubtractWords(d0, d2)), TWords.SubtractWords(d4, d2));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ones(byte* row, nint pixel, out TVector plus, out TVector minus)
        => Ones(
            TWords.Widen(row + pixel), TWords.Widen(row + (2 * pixel)), TWords.Widen(row + (3 * pixel)), TWords.Widen(row + (4 * pixel)),
            out plus, out minus);

    // (d4 − 4·d2) ± (d3 − 4·d1)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ones(TVector d1, TVector d2, TVector d3, TVector d4, out TVector plus, out TVector minus)
    {
        TVector even = TWords.SubtractWords(d4, TWords.FourWords(d2)), odd = TWords.SubtractWords(d3, TWords.FourWords(d1));
        plus = TWords.AddWords(even, odd);
        minus = TWords.SubtractWords(even, odd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Twos(byte* row, nint pixel, out TVector plus, out TVector minus)
        => Twos(
            TWords.Widen(row + pixel), TWords.Widen(row + (2 * pixel)), TWords.Widen(row + (3 * pixel)), TWords.Widen(row + (4 * pixel)),
            out plus, out minus);

    // (d4 − d2) ± 2·(d3 − d1)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Twos(TVector d1, TVector d2, TVector d3, TVector d4, out TVector plus, out TVector minus)
    {
        TVector even = TWords.SubtractWords(d4, d2), odd = TWords.SubtractWords(d3, d1);
        odd = TWords.AddWords(odd, odd);
        plus = TWords.AddWords(even, odd);
        minus = TWords.SubtractWords(even, odd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Output<TResult>(
        int* source, nint position, in OutputPlace place, TResult* target, nint row, nint pixel, int skipRows, int skipColumns)
        where TResult : unmanaged
    {
        var step = Side * position;
        if (skipRows < 3)
        {
            Even(source, step, out var p0, out var q0);
            Even(source + position, step, out var p1, out var q1);
            Even(source + (2 * position), step, out var p2, out var q2);
            Even(source + (3 * position), step, out var p3, out var q3);
            Even(source + (4 * position), step, out var p4, out var q4);
            Even(source + (5 * position), step, out var p5, out var q5);
            if (skipRows == 0)
            {
                OutputRow(p0, p1, p2, p3, p4, p5, in place, target, pixel, skipColumns);
            }

            OutputRow(q0, q1, q2, q3, q4, q5, in place, target + (2 * row), pixel, skipColumns);
        }

        Odd(source, step, out var r0, out var s0);
        Odd(source + position, step, out var r1, out var s1);
        Odd(source + (2 * position), step, out var r2, out var s2);
        Odd(source + (3 * position), step, out var r3, out var s3);
        Odd(source + (4 * position), step, out var r4, out var s4);
        Odd(source + (5 * position), step, out var r5, out var s5);
        if (skipRows < 2)
        {
            OutputRow(r0, r1, r2, r3, r4, r5, in place, target + row, pixel, skipColumns);
        }

        OutputRow(s0, s1, s2, s3, s4, s5, in place, target + (3 * row), pixel, skipColumns);
    }

    // y0 = m0 + (m1 + m2) + (m3 + m4), y2 = (m1 + m2) + 4·(m3 + m4)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Even(int* source, nint step, out TVector y0, out TVector y2)
    {
        var ones = TWords.Add(TIntegers.Load(source + step), TIntegers.Load(source + (2 * step)));
        var twos = TWords.Add(TIntegers.Load(source + (3 * step)), TIntegers.Load(source + (4 * step)));
        y0 = TWords.Add(TWords.Add(TIntegers.Load(source), ones), twos);
        y2 = TWords.Add(ones, TWords.Shift(twos, 2));
    }

    // y1 = (m1 − m2) + 2·(m3 − m4), y3 = (m1 − m2) + 8·(m3 − m4) + 2·m5
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Odd(int* source, nint step, out TVector y1, out TVector y3)
    {
        var ones = TWords.Subtract(TIntegers.Load(source + step), TIntegers.Load(source + (2 * step)));
        var twos = TWords.Subtract(TIntegers.Load(source + (3 * step)), TIntegers.Load(source + (4 * step)));
        y1 = TWords.Add(TWords.Add(twos, twos), ones);
        y3 = Last(ones, twos, TIntegers.Load(source + (5 * step)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Last(TVector ones, TVector twos, TVector m5)
    {
        var half = TWords.Add(TWords.Shift(twos, 2), m5);
        return TWords.Add(TWords.Add(half, half), ones);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputRow<TResult>(
        TVector m0, TVector m1, TVector m2, TVector m3, TVector m4, TVector m5, in OutputPlace place, TResult* target, nint pixel, int skip)
        where TResult : unmanaged
    {
        TVector sum = TWords.Add(m1, m2), difference = TWords.Subtract(m1, m2);
        TVector sumOfTwos = TWords.Add(m3, m4), differenceOfTwos = TWords.Subtract(m3, m4);
        if (skip == 0)
        {
            Store(TWords.Add(TWords.Add(m0, sum), sumOfTwos), in place, target);
        }

        if (skip < 2)
        {
            Store(TWords.Add(TWords.Add(differenceOfTwos, differenceOfTwos), difference), in place, target + pixel);
        }

        if (skip < 3)
        {
            Store(TWords.Add(sum, TWords.Shift(sumOfTwos, 2)), in place, target + (2 * pixel));
        }

        Store(Last(difference, differenceOfTwos, m5), in place, target + (3 * pixel));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TResult>(TVector value, in OutputPlace place, TResult* target)
        where TResult : unmanaged
    {
        var sums = TWords.Add(TWords.Multiply(value, ByteWinogradWeights.Inverse), TIntegers.Load(place.Start));
        if (typeof(TResult) == typeof(byte))
        {
            TIntegers.StoreBytes(sums, place.Scale, place.Bias, (byte*)target);
        }
        else
        {
            TIntegers.StoreFloats(sums, place.Scale, place.Bias, place.NotFinite, (float*)target, place.Epilogue);
        }
    }
}
