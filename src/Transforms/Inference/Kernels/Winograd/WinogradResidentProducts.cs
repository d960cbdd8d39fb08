using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;

/// <summary>
/// Products of one group of inputs with one group of outputs: a position's weights, one vector per input lane, stay in registers while all
/// tiles are multiplied with them. No number of tiles wastes work, and nothing but pixels is loaded.
/// </summary>
internal sealed unsafe class WinogradResidentProducts<TSimd, TVector>(
    FoldedConvolution layer, FeatureMap input, FeatureMap output, double[][] filter)
    : WinogradProducts(WeightPacking.Winograd(layer, input, output, 1, filter, filter))
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // Tiles at a time: so many independent sums hide the latency of the multiply–add, together with those of the tiles behind.
    private const int Together = 8;

    private readonly int _positions = filter.Length * filter.Length;

    /// <inheritdoc />
    public override int Unit => 1;

    /// <inheritdoc />
    public override int GroupsTogether => 1;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* inputs, float* products, int count, ChunkLayout chunk, GroupRange outputs)
    {
        var lanes = TSimd.Lanes;
        var weights = Weights.Pointer;
        for (var position = _positions; position > 0; position--, inputs += chunk.Position, products += chunk.Position)
        {
            Position(weights, inputs, products, count);
            weights += lanes * lanes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Position(float* weights, float* x, float* product, int count)
    {
        var lanes = TSimd.Lanes;
        TVector w0 = Weight(weights, 0), w1 = Weight(weights, 1), w2 = Weight(weights, 2), w3 = Weight(weights, 3), w4 = Weight(weights, 4),
            w5 = Weight(weights, 5), w6 = Weight(weights, 6), w7 = Weight(weights, 7), w8 = Weight(weights, 8), w9 = Weight(weights, 9),
            w10 = Weight(weights, 10), w11 = Weight(weights, 11), w12 = Weight(weights, 12), w13 = Weight(weights, 13),
            w14 = Weight(weights, 14), w15 = Weight(weights, 15);
        var end = product + (count * lanes);
        for (var last = end - ((Together - 1) * lanes); product < last; x += Together * lanes, product += Together * lanes)
        {
            TVector s0 = TSimd.Zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
            Eight(x, 0, w0, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 1, w1, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 2, w2, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 3, w3, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 4, w4, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 5, w5, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 6, w6, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 7, w7, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 8, w8, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 9, w9, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 10, w10, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 11, w11, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 12, w12, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 13, w13, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 14, w14, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Eight(x, 15, w15, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            TSimd.Store(s0, product);
            TSimd.Store(s1, product + lanes);
            TSimd.Store(s2, product + (2 * lanes));
            TSimd.Store(s3, product + (3 * lanes));
            TSimd.Store(s4, product + (4 * lanes));
            TSimd.Store(s5, product + (5 * lanes));
            TSimd.Store(s6, product + (6 * lanes));
            TSimd.Store(s7, product + (7 * lanes));
        }

        for (; product < end; x += lanes, product += lanes)
        {
            var sum = TSimd.Zero;
            One(x, 0, 0, w0, ref sum);
            One(x, 0, 1, w1, ref sum);
            One(x, 0, 2, w2, ref sum);
            One(x, 0, 3, w3, ref sum);
            One(x, 0, 4, w4, ref sum);
            One(x, 0, 5, w5, ref sum);
            One(x, 0, 6, w6, ref sum);
            One(x, 0, 7, w7, ref sum);
            One(x, 0, 8, w8, ref sum);
            One(x, 0, 9, w9, ref sum);
            One(x, 0, 10, w10, ref sum);
            One(x, 0, 11, w11, ref sum);
            One(x, 0, 12, w12, ref sum);
            One(x, 0, 13, w13, ref sum);
            One(x, 0, 14, w14, ref sum);
            One(x, 0, 15, w15, ref sum);
            TSimd.Store(sum, product);
        }
    }

    // Narrower vectors have fewer than 16 lanes: the JIT removes the loads beyond them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Weight(float* weights, int lane)
        => lane < TSimd.Lanes ? TSimd.Load(weights + (lane * TSimd.Lanes)) : TSimd.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(
        float* x,
        int lane,
        TVector weight,
        ref TVector s0,
        ref TVector s1,
        ref TVector s2,
        ref TVector s3,
        ref TVector s4,
        ref TVector s5,
        ref TVector s6,
        ref TVector s7)
    {
        One(x, 0, lane, weight, ref s0);
        One(x, 1, lane, weight, ref s1);
        One(x, 2, lane, weight, ref s2);
        One(x, 3, lane, weight, ref s3);
        One(x, 4, lane, weight, ref s4);
        One(x, 5, lane, weight, ref s5);
        One(x, 6, lane, weight, ref s6);
        One(x, 7, lane, weight, ref s7);
    }

    // Addressed from one pointer: the compiler would copy a pointer per tile once more for every multiply–add.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void One(float* x, int tile, int lane, TVector weight, ref TVector sum)
    {
        if (lane < TSimd.Lanes)
        {
            sum = TSimd.MultiplyAdd(TSimd.Fill(x[(tile * TSimd.Lanes) + lane]), weight, sum);
        }
    }
}
