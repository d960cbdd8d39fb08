using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;

/// <summary>
/// Products for machines with 16 vector registers: four tiles by two groups, whose eight sums leave room for weights and a pixel. The
/// loop is unrolled by four inputs: where another thread shares the core, the limit is how many instructions it decodes, and an unrolled
/// loop has fewer per multiply–add.
/// </summary>
/// <remarks>
/// Six tiles by two groups would take fewer still: slightly faster on a shared core and slightly slower on one that is not shared, where
/// eight sums keep both of its multipliers busy.
/// </remarks>
internal sealed unsafe class WinogradNarrowProducts<TSimd, TVector>(
    FoldedConvolution layer, FeatureMap input, FeatureMap output, double[][] filter)
    : WinogradProducts(WeightPacking.Winograd(layer, input, output, Groups, filter, filter))
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Output groups must be a multiple of this many.</summary>
    public const int Groups = 2;

    private const int Tiles = 4;

    // Every vector has a multiple of four lanes.
    private const int Inputs = 4;

    // The inputs are blocked: a few at a time are multiplied for all tiles, so that their weights are read from the outer caches once. Sums
    // are stored in between, which costs more than it saves up to so many inputs.
    private const int InputsAtOnce = 64;
    private const int ChunkInputs = 32;

    private readonly int _positions = filter.Length * filter.Length;
    private readonly int _inputs = input.Groups;
    private readonly int _outputs = output.Groups;
    private readonly int _chunk = input.Channels <= InputsAtOnce ? input.Groups : ChunkInputs / input.Lanes;

    /// <inheritdoc />
    public override int Unit => Tiles;

    /// <inheritdoc />
    public override int GroupsTogether => Groups;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* inputs, float* products, int count, ChunkLayout chunk, GroupRange outputs)
    {
        int lanes = TSimd.Lanes, perGroup = _inputs * lanes * lanes, most = count > Tiles ? _chunk : _inputs;
        var weights = Weights.Pointer + (outputs.First * perGroup);
        var others = (_outputs - outputs.End + outputs.First) * perGroup;
        for (var position = _positions; position > 0; position--, inputs += chunk.Position, products += chunk.Position, weights += others)
        {
            for (var group = outputs.First; group < outputs.End; group += Groups)
            {
                for (var first = 0; first < _inputs; first += most)
                {
                    var groups = Math.Min(most, _inputs - first);
                    float* source = inputs + (first * chunk.Group), destination = products + (group * chunk.Group);
                    for (var left = count; left > 0; left -= Tiles, source += Tiles * lanes, destination += Tiles * lanes)
                    {
                        Four(source, groups, chunk.Group, weights, destination, first == 0);
                    }

                    weights += groups * Groups * lanes * lanes;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(float* x, int groups, nint stride, float* weights, float* destination, bool isFirst)
    {
        var lanes = TSimd.Lanes;
        TVector a0 = TSimd.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        if (!isFirst)
        {
            TileSteps<TSimd, TVector>.LoadFour(destination, out a0, out a1, out a2, out a3);
            TileSteps<TSimd, TVector>.LoadFour(destination + stride, out b0, out b1, out b2, out b3);
        }

        for (; groups > 0; groups--, x += stride)
        {
            for (nint lane = 0; lane < lanes; lane += Inputs, weights += Inputs * Groups * lanes)
            {
                Input(x + lane, 0, weights, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3);
                Input(x + lane, 1, weights, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3);
                Input(x + lane, 2, weights, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3);
                Input(x + lane, 3, weights, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3);
            }
        }

        TileSteps<TSimd, TVector>.StoreFour(a0, a1, a2, a3, destination);
        TileSteps<TSimd, TVector>.StoreFour(b0, b1, b2, b3, destination + stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Input(
        float* x,
        int input,
        float* weights,
        ref TVector a0,
        ref TVector a1,
        ref TVector a2,
        ref TVector a3,
        ref TVector b0,
        ref TVector b1,
        ref TVector b2,
        ref TVector b3)
    {
        int lanes = TSimd.Lanes, first = input * Groups * lanes;
        TVector wa = TSimd.Load(weights + first), wb = TSimd.Load(weights + first + lanes);
        TileSteps<TSimd, TVector>.PrefetchTwo(weights + first);
        TileSteps<TSimd, TVector>.AddFour(x + input, wa, wb, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3);
    }
}
