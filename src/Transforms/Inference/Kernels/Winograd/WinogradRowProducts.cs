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
/// <remarks>
/// All six positions at once, so that weights are read once and in the order in which they lie: in a second pass nothing would be read from
/// the outer caches, and the first would wait for them.
/// </remarks>
internal sealed unsafe class WinogradRowProducts<TSimd, TVector>(FoldedConvolution layer, FeatureMap input, FeatureMap output)
    : WinogradProducts(
        WeightPacking.Winograd(layer, input, output, block: 1, WinogradF4<TSimd, TVector>.Filter, Columns, interleaved: true))
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int Tiles = WinogradTile.MostForRows;
    private const int Side = 6;
    private const int Taps = 3;

    private readonly int _inputs = input.Groups;
    private readonly int _outputs = output.Groups;

    /// <inheritdoc />
    public override int Unit => Tiles;

    /// <inheritdoc />
    public override int GroupsTogether => 1;

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
        int lanes = TSimd.Lanes, perGroup = _inputs * lanes * Taps * lanes;
        var weights = Weights.Pointer + (outputs.First * perGroup);
        var position = Side * chunk.Position;
        var others = (_outputs - outputs.End + outputs.First) * perGroup;
        for (var row = 0; row < Side; row++, inputs += position, products += position, weights += others)
        {
            for (var group = outputs.First; group < outputs.End; group++, weights += perGroup)
            {
                for (var tile = 0; tile < count; tile += Tiles)
                {
                    Multiply(inputs + (tile * lanes), chunk, weights, products + (group * chunk.Group) + (tile * lanes));
                }
            }
        }
    }

    // Six positions by four tiles: as many sums as registers hold. The filter's row at the positions is a, a + c ± b, a + 4c ± 2b and c.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(float* source, ChunkLayout chunk, float* weights, float* destination)
    {
        var lanes = TSimd.Lanes;
        TVector a0 = TSimd.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0, c0 = a0, c1 = a0, c2 = a0, c3 = a0,
            d0 = a0, d1 = a0, d2 = a0, d3 = a0, e0 = a0, e1 = a0, e2 = a0, e3 = a0, f0 = a0, f1 = a0, f2 = a0, f3 = a0;
        for (var group = _inputs; group > 0; group--, source += chunk.Group)
        {
            float* xa = source, xb = xa + chunk.Position, xc = xb + chunk.Position, xd = xc + chunk.Position, xe = xd + chunk.Position,
                xf = xe + chunk.Position;
            for (var lane = 0; lane < lanes; lane++, weights += Taps * lanes)
            {
                TVector a = TSimd.Load(weights), b = TSimd.Load(weights + lanes), c = TSimd.Load(weights + (2 * lanes));
                TileSteps<TSimd, TVector>.PrefetchThree(weights);
                Add(xa + lane, a, ref a0, ref a1, ref a2, ref a3);
                var even = TSimd.Add(a, c);
                Add(xb + lane, TSimd.Add(even, b), ref b0, ref b1, ref b2, ref b3);
                Add(xc + lane, TSimd.Subtract(even, b), ref c0, ref c1, ref c2, ref c3);
                even = TSimd.MultiplyAdd(TSimd.Fill(4), c, a);
                b = TSimd.Add(b, b);
                Add(xd + lane, TSimd.Add(even, b), ref d0, ref d1, ref d2, ref d3);
                Add(xe + lane, TSimd.Subtract(even, b), ref e0, ref e1, ref e2, ref e3);
                Add(xf + lane, c, ref f0, ref f1, ref f2, ref f3);
            }
        }

        TileSteps<TSimd, TVector>.StoreFour(a0, a1, a2, a3, destination);
        destination += chunk.Position;
        TileSteps<TSimd, TVector>.StoreFour(b0, b1, b2, b3, destination);
        destination += chunk.Position;
        TileSteps<TSimd, TVector>.StoreFour(c0, c1, c2, c3, destination);
        destination += chunk.Position;
        TileSteps<TSimd, TVector>.StoreFour(d0, d1, d2, d3, destination);
        destination += chunk.Position;
        TileSteps<TSimd, TVector>.StoreFour(e0, e1, e2, e3, destination);
        destination += chunk.Position;
        TileSteps<TSimd, TVector>.StoreFour(f0, f1, f2, f3, destination);
    }

    // One position of four neighbouring tiles.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* x, TVector weight, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3)
    {
        var lanes = TSimd.Lanes;
        s0 = TSimd.MultiplyAdd(TSimd.Fill(*x), weight, s0);
        s1 = TSimd.MultiplyAdd(TSimd.Fill(x[lanes]), weight, s1);
        s2 = TSimd.MultiplyAdd(TSimd.Fill(x[2 * lanes]), weight, s2);
        s3 = TSimd.MultiplyAdd(TSimd.Fill(x[3 * lanes]), weight, s3);
    }
}
