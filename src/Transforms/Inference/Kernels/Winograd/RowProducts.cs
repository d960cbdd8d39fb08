using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;

/// <summary>
/// Products of F(4×4, 3×3) from filters that were transformed along one side alone: three vectors in memory for the six positions of a row.
/// Where an image meets many weights and few tiles, reading weights takes longer than multiplying, and this halves them. The rest of the
/// transform is additions, which fit beside the multiplications.
/// </summary>
internal sealed unsafe class RowProducts<TSimd, TVector>(FoldedConvolution layer, FeatureMap input, FeatureMap output)
    : WinogradProducts(WeightPacking.Winograd(layer, input, output, Groups, WinogradF4<TSimd, TVector>.Filter, Columns))
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Output groups must be a multiple of this many.</summary>
    public const int Groups = 2;

    /// <summary>With more tiles than this the transform, which all of them repeat, takes longer than reading its result.</summary>
    public const int MostTiles = 4;

    private const int Tiles = 4;
    private const int Side = 6;
    private const int Half = Side / 2;

    // Three streams of weights at once, and each takes longer to multiply with than where tiles read one.
    private const int Ahead = 2 * 1024 / sizeof(float);

    private readonly int _inputs = input.Groups;
    private readonly int _outputs = output.Groups;

    /// <summary>What is left of a filter's transform at three of the six positions.</summary>
    private interface IHalf
    {
        /// <summary>Whether to prefetch the weights that are read later.</summary>
        static abstract bool Prefetches { get; }

        /// <param name="a">First column of a filter.</param>
        /// <param name="b">Second column.</param>
        /// <param name="c">Third column.</param>
        /// <param name="w0">Weight at the first of the three positions.</param>
        /// <param name="w1">Weight at the second.</param>
        /// <param name="w2">Weight at the third.</param>
        static abstract void Weights(TVector a, TVector b, TVector c, out TVector w0, out TVector w1, out TVector w2);
    }

    /// <inheritdoc />
    public override int Unit => Tiles;

    /// <inheritdoc />
    public override int GroupsTogether => Groups;

    private static double[][] Columns
    {
        get
        {
            var scale = WinogradF4<TSimd, TVector>.Scale;
            return [[scale, 0, 0], [0, scale, 0], [0, 0, scale]];
        }
    }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* inputs, float* products, int count, ChunkLayout chunk, GroupRange outputs)
    {
        int lanes = TSimd.Lanes, perGroup = _inputs * lanes * lanes;
        var weights = Weights.Pointer + (outputs.First * perGroup);
        var half = Half * chunk.Position;
        var others = ((Half * _outputs) - outputs.End + outputs.First) * perGroup;
        for (var row = 0; row < Side; row++, inputs += 2 * half, products += 2 * half, weights += others)
        {
            for (var group = outputs.First; group < outputs.End; group += Groups, weights += Groups * perGroup)
            {
                for (var tile = 0; tile < count; tile += Tiles)
                {
                    float* source = inputs + (tile * lanes), destination = products + (group * chunk.Group) + (tile * lanes);
                    Multiply<FirstHalf>(source, chunk, weights, destination);
                    Multiply<SecondHalf>(source + half, chunk, weights, destination + half);
                }
            }
        }
    }

    // Three positions by four tiles by two groups: as many sums as registers hold, each pixel loaded for two of them.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply<THalf>(float* source, ChunkLayout chunk, float* weights, float* destination)
        where THalf : struct, IHalf
    {
        var lanes = TSimd.Lanes;
        var column = _outputs * _inputs * lanes * lanes;
        TVector a0 = TSimd.Zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        TVector b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0, b6 = a0, b7 = a0;
        TVector c0 = a0, c1 = a0, c2 = a0, c3 = a0, c4 = a0, c5 = a0, c6 = a0, c7 = a0;
        for (var group = _inputs; group > 0; group--, source += chunk.Group)
        {
            float* xa = source, xb = xa + chunk.Position, xc = xb + chunk.Position;
            for (var lane = 0; lane < lanes; lane++, weights += Groups * lanes)
            {
                if (THalf.Prefetches)
                {
                    Tile<TSimd, TVector>.PrefetchTwo(weights, Ahead);
                    Tile<TSimd, TVector>.PrefetchTwo(weights + column, Ahead);
                    Tile<TSimd, TVector>.PrefetchTwo(weights + (2 * column), Ahead);
                }

                THalf.Weights(
                    TSimd.Load(weights), TSimd.Load(weights + column), TSimd.Load(weights + (2 * column)), out var wa0, out var wb0,
                    out var wc0);
                var second = weights + lanes;
                THalf.Weights(
                    TSimd.Load(second), TSimd.Load(second + column), TSimd.Load(second + (2 * column)), out var wa1, out var wb1,
                    out var wc1);
                Tile<TSimd, TVector>.AddFour(xa + lane, wa0, wa1, ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref a6, ref a7);
                Tile<TSimd, TVector>.AddFour(xb + lane, wb0, wb1, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5, ref b6, ref b7);
                Tile<TSimd, TVector>.AddFour(xc + lane, wc0, wc1, ref c0, ref c1, ref c2, ref c3, ref c4, ref c5, ref c6, ref c7);
            }
        }

        Tile<TSimd, TVector>.StoreFour(a0, a1, a2, a3, destination);
        Tile<TSimd, TVector>.StoreFour(a4, a5, a6, a7, destination + chunk.Group);
        destination += chunk.Position;
        Tile<TSimd, TVector>.StoreFour(b0, b1, b2, b3, destination);
        Tile<TSimd, TVector>.StoreFour(b4, b5, b6, b7, destination + chunk.Group);
        destination += chunk.Position;
        Tile<TSimd, TVector>.StoreFour(c0, c1, c2, c3, destination);
        Tile<TSimd, TVector>.StoreFour(c4, c5, c6, c7, destination + chunk.Group);
    }

    // a, a + c ± b
    private readonly struct FirstHalf : IHalf
    {
        // The other half reads the same weights soon after, from the first cache level.
        public static bool Prefetches => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Weights(TVector a, TVector b, TVector c, out TVector w0, out TVector w1, out TVector w2)
        {
            var even = TSimd.Add(a, c);
            w0 = a;
            w1 = TSimd.Add(even, b);
            w2 = TSimd.Subtract(even, b);
        }
    }

    // a + 4c ± 2b, c
    private readonly struct SecondHalf : IHalf
    {
        public static bool Prefetches => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Weights(TVector a, TVector b, TVector c, out TVector w0, out TVector w1, out TVector w2)
        {
            TVector even = TSimd.MultiplyAdd(TSimd.Fill(4), c, a), twoB = TSimd.Add(b, b);
            w0 = TSimd.Add(even, twoB);
            w1 = TSimd.Subtract(even, twoB);
            w2 = c;
        }
    }
}
