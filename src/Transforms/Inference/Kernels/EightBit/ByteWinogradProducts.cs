using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// What stands between the transforms of <see cref="ByteWinograd{TIntegers,TWords,TVector}"/>: at each position a product of two matrices,
/// tiles × inputs and inputs × outputs. Blocks of some tiles by two vectors of outputs.
/// </summary>
internal static unsafe class ByteWinogradProducts<TIntegers, TWords, TVector>
    where TIntegers : struct, IIntegers<TVector>
    where TWords : struct, IWords<TVector>
    where TVector : struct
{
    /// <summary>Tiles of a block: as many as divide the tiles with the least left over.</summary>
    public static int Unit(int tiles) => !TWords.HasManyRegisters || tiles <= 4 ? 4 : tiles % 7 == 0 ? 7 : 8;

    /// <summary>Computes the products of a chunk at one position.</summary>
    /// <param name="words">Of the first tile.</param>
    /// <param name="group">Words from some inputs to the next.</param>
    /// <param name="groups">Vectors of words that a tile has.</param>
    /// <param name="weights">Of the first two vectors of outputs.</param>
    /// <param name="products">Where the first tile's go.</param>
    /// <param name="vector">Products from a vector of outputs to the next.</param>
    /// <param name="vectors">Of outputs.</param>
    /// <param name="tiles">Tiles; up to a whole unit more are computed from whatever lies there.</param>
    /// <param name="unit">See <see cref="Unit"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(
        short* words, nint group, int groups, short* weights, int* products, nint vector, int vectors, int tiles, int unit)
    {
        var block = groups * TIntegers.Lanes * EightBitConvolution.Vectors * 2 * TIntegers.Lanes;
        for (; vectors > 0; vectors -= EightBitConvolution.Vectors, products += EightBitConvolution.Vectors * vector)
        {
            // The next weights, which may come from far, while the first tiles are multiplied with these.
            var later = weights + block;
            var ahead = EightBitConvolution.Vectors * 2 * TIntegers.Lanes;
            for (var tile = 0; tile < tiles; tile += unit, ahead = 0)
            {
                var x = words + (tile * 2 * TIntegers.Lanes);
                var to = products + (tile * TIntegers.Lanes);
                switch (unit)
                {
                    case 8:
                        Block<Eight>(x, group, groups, weights, later, ahead, to, vector);
                        break;
                    case 7:
                        Block<Seven>(x, group, groups, weights, later, ahead, to, vector);
                        break;
                    default:
                        Block<Four>(x, group, groups, weights, later, ahead, to, vector);
                        break;
                }
            }

            weights += block;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Block<TCount>(
        short* x, nint group, int groups, short* weights, short* later, nint ahead, int* to, nint vector)
        where TCount : struct, ICount
    {
        TVector a0 = default, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        TVector b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0, b6 = a0, b7 = a0;
        var together = 2 * TIntegers.Lanes;
        for (; groups > 0; groups--, x += group - together)
        {
            var end = x + together;
            do
            {
                TVector wa = TIntegers.Load(weights), wb = TIntegers.Load(weights + together);
                if (Sse.IsSupported)
                {
                    Sse.Prefetch1(later);
                    Sse.Prefetch1(later + together);
                }

                later += ahead;
                Add(x, wa, wb, ref a0, ref b0);
                Add(x + together, wa, wb, ref a1, ref b1);
                Add(x + (2 * together), wa, wb, ref a2, ref b2);
                Add(x + (3 * together), wa, wb, ref a3, ref b3);
                if (TCount.Value > 4)
                {
                    Add(x + (4 * together), wa, wb, ref a4, ref b4);
                    Add(x + (5 * together), wa, wb, ref a5, ref b5);
                    Add(x + (6 * together), wa, wb, ref a6, ref b6);
                }

                if (TCount.Value > 7)
                {
                    Add(x + (7 * together), wa, wb, ref a7, ref b7);
                }

                x += 2;
                weights += EightBitConvolution.Vectors * together;
            }
            while (x < end);
        }

        Store(a0, b0, to, vector, 0);
        Store(a1, b1, to, vector, 1);
        Store(a2, b2, to, vector, 2);
        Store(a3, b3, to, vector, 3);
        if (TCount.Value > 4)
        {
            Store(a4, b4, to, vector, 4);
            Store(a5, b5, to, vector, 5);
            Store(a6, b6, to, vector, 6);
        }

        if (TCount.Value > 7)
        {
            Store(a7, b7, to, vector, 7);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(short* pair, TVector wa, TVector wb, ref TVector a, ref TVector b)
    {
        var x = TIntegers.Repeat((byte*)pair);
        a = TWords.MultiplyAdd(a, x, wa);
        b = TWords.MultiplyAdd(b, x, wb);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TVector a, TVector b, int* to, nint vector, int tile)
    {
        TWords.Store(a, to + (tile * TIntegers.Lanes));
        TWords.Store(b, to + vector + (tile * TIntegers.Lanes));
    }

    private interface ICount
    {
        static abstract int Value { get; }
    }

    private readonly struct Four : ICount
    {
        public static int Value => 4;
    }

    private readonly struct Seven : ICount
    {
        public static int Value => 7;
    }

    private readonly struct Eight : ICount
    {
        public static int Value => 8;
    }
}
