using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>
/// 1×1 convolution at any stride for machines with 16 vector registers: a matrix product of pixels and channels in blocks of six pixels by
/// two output groups. Pixels need not lie in one row, so that no width leaves a part of a block unused; only the last block of a map may.
/// </summary>
/// <remarks>
/// As many pixels as stay in the second cache level with all of their channels form a panel, and every two groups' weights pass over it from
/// the first level.
/// </remarks>
internal sealed unsafe class PointwiseConvolution<TSimd, TVector> : Convolution
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Output groups must be a multiple of this many.</summary>
    public const int Groups = 2;

    private const int Pixels = 6;

    // At a turn of the loop: four of a pixel's lanes, of which every vector has a multiple.
    private const int Inputs = 4;
    private const int PanelBytes = 64 * 1024;
    private const int FewestPanels = 4;
    private const int MostParts = 8;

    private readonly FeatureMap _input;
    private readonly FeatureMap _output;
    private readonly int[] _sources;
    private readonly int[] _destinations;
    private readonly int _pixels;
    private readonly int _panel;
    private readonly int _panels;
    private readonly int _range;
    private readonly int _ranges;
    private readonly AlignedBuffer _weights;
    private readonly AlignedBuffer _bias;

    public PointwiseConvolution(FoldedConvolution layer, FeatureMap input, FeatureMap output)
    {
        (_input, _output, _pixels) = (input, output, output.Height * output.Width);
        _weights = WeightPacking.Direct(layer, input, output, Groups);
        _bias = WeightPacking.Bias(layer, output);
        _sources = Offsets(output, input.RowStride * layer.Stride, input.Lanes * layer.Stride);
        _destinations = Offsets(output, output.RowStride, output.Lanes);
        var most = Math.Max(1, PanelBytes / (Pixels * input.Groups * input.Lanes * sizeof(float))) * Pixels;
        _panel = Multiples.RoundUp(Multiples.Count(_pixels, Multiples.Count(_pixels, most)), Pixels);
        _panels = Multiples.Count(_pixels, _panel);

        // A part is one panel with all groups where there are panels enough, else with some groups.
        _range = _panels >= FewestPanels ? output.Groups : Multiples.RoundUp(Multiples.Count(output.Groups, MostParts), Groups);
        _ranges = Multiples.Count(output.Groups, _range);
    }

    /// <inheritdoc />
    public override int Parts => _ranges * _panels;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, float* scratch, int part, Epilogue epilogue)
    {
        var (range, panel) = Math.DivRem(part, _panels);
        var groups = GroupRange.Of(range, _range, _output.Groups);
        int lanes = TSimd.Lanes, from = panel * _panel, to = Math.Min(from + _panel, _pixels);
        var perGroup = (nint)_input.Groups * lanes * lanes;
        fixed (int* sources = _sources, destinations = _destinations)
        {
            for (var group = groups.First; group < groups.End; group += Groups)
            {
                var output = arena + _output.Offset + ((nint)group * _output.GroupStride);
                for (var pixel = from; pixel < to; pixel += Pixels)
                {
                    Block(
                        arena + _input.Offset, sources + pixel, _weights.Pointer + (group * perGroup), _bias.Pointer + (group * lanes), output,
                        destinations + pixel, to - pixel, epilogue);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Block(
        float* input, int* sources, float* weights, float* bias, float* output, int* destinations, int count, Epilogue epilogue)
    {
        var lanes = TSimd.Lanes;
        nint planeStride = _input.GroupStride;
        float* x0 = input + sources[0], x1 = input + sources[1], x2 = input + sources[2], x3 = input + sources[3], x4 = input + sources[4],
            x5 = input + sources[5];
        TVector a0 = TSimd.Load(bias), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        TVector b0 = TSimd.Load(bias + lanes), b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
        for (var plane = _input.Groups; plane > 0; plane--)
        {
            for (nint lane = 0; lane < lanes; lane += Inputs, weights += Inputs * Groups * lanes)
            {
                Input(
                    x0 + lane, x1 + lane, x2 + lane, x3 + lane, x4 + lane, x5 + lane, 0, weights,
                    ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                Input(
                    x0 + lane, x1 + lane, x2 + lane, x3 + lane, x4 + lane, x5 + lane, 1, weights,
                    ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                Input(
                    x0 + lane, x1 + lane, x2 + lane, x3 + lane, x4 + lane, x5 + lane, 2, weights,
                    ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                Input(
                    x0 + lane, x1 + lane, x2 + lane, x3 + lane, x4 + lane, x5 + lane, 3, weights,
                    ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
            }

            x0 += planeStride;
            x1 += planeStride;
            x2 += planeStride;
            x3 += planeStride;
            x4 += planeStride;
            x5 += planeStride;
        }

        nint stride = _output.GroupStride;
        Tile<TSimd, TVector>.Store(a0, b0, output + destinations[0], stride, epilogue, stored: true);
        Tile<TSimd, TVector>.Store(a1, b1, output + destinations[1], stride, epilogue, count > 1);
        Tile<TSimd, TVector>.Store(a2, b2, output + destinations[2], stride, epilogue, count > 2);
        Tile<TSimd, TVector>.Store(a3, b3, output + destinations[3], stride, epilogue, count > 3);
        Tile<TSimd, TVector>.Store(a4, b4, output + destinations[4], stride, epilogue, count > 4);
        Tile<TSimd, TVector>.Store(a5, b5, output + destinations[5], stride, epilogue, count > 5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Input(
        float* x0,
        float* x1,
        float* x2,
        float* x3,
        float* x4,
        float* x5,
        int input,
        float* weights,
        ref TVector a0,
        ref TVector a1,
        ref TVector a2,
        ref TVector a3,
        ref TVector a4,
        ref TVector a5,
        ref TVector b0,
        ref TVector b1,
        ref TVector b2,
        ref TVector b3,
        ref TVector b4,
        ref TVector b5)
    {
        int lanes = TSimd.Lanes, first = input * Groups * lanes;
        TVector wa = TSimd.Load(weights + first), wb = TSimd.Load(weights + first + lanes);
        Tile<TSimd, TVector>.Add(x0[input], wa, wb, ref a0, ref b0);
        Tile<TSimd, TVector>.Add(x1[input], wa, wb, ref a1, ref b1);
        Tile<TSimd, TVector>.Add(x2[input], wa, wb, ref a2, ref b2);
        Tile<TSimd, TVector>.Add(x3[input], wa, wb, ref a3, ref b3);
        Tile<TSimd, TVector>.Add(x4[input], wa, wb, ref a4, ref b4);
        Tile<TSimd, TVector>.Add(x5[input], wa, wb, ref a5, ref b5);
    }

    // Where each output pixel's values lie; the last one again and again up to a whole block.
    private static int[] Offsets(FeatureMap output, int rowStride, int step)
    {
        var pixels = output.Height * output.Width;
        return
        [
            .. Enumerable.Range(0, Multiples.RoundUp(pixels, Pixels)).Select(pixel => Math.Min(pixel, pixels - 1))
                .Select(pixel => (pixel / output.Width * rowStride) + (pixel % output.Width * step)),
        ];
    }
}
