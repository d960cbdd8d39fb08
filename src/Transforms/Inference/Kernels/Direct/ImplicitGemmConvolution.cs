using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Direct;

/// <summary>
/// Convolution of any odd kernel and stride for machines with 16 vector registers, as a matrix product of pixels and channels: blocks of
/// six pixels by two output groups, which read the input where it lies. Pixels need not lie in one row, so that no width leaves a part of a
/// block unused; only the last block of a map may.
/// </summary>
/// <remarks>
/// <para>
/// A panel is as many pixels as stay in the second cache level with some of their channels, the chunk. Every two groups' weights for the
/// chunk pass over the panel from the first level; then the same with the next chunk, whose sums are added to the output.
/// </para>
/// <para>
/// Weights lie in the order in which they are read, and those of the next two groups are prefetched while these are multiplied with. The
/// pixels that the first groups read are prefetched as well: a few from each of many planes, a pattern that processors do not recognise.
/// </para>
/// </remarks>
/// <typeparam name="TSimd">Vector operations.</typeparam>
/// <typeparam name="TVector">The vector.</typeparam>
/// <typeparam name="TUnrolled">By how many inputs the loop is unrolled.</typeparam>
internal sealed unsafe class ImplicitGemmConvolution<TSimd, TVector, TUnrolled> : Convolution
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TUnrolled : struct, IUnrolled
{
    /// <summary>Output groups must be a multiple of this many.</summary>
    public const int Groups = 2;

    private const int Pixels = 6;

    // At 256 bits 16 KiB of weights for two groups, half of a first cache level.
    private const int ChunkInputs = 256;
    private const int PanelBytes = 64 * 1024;

    // Of weights or of a map, half of a second cache level of 512 KiB: more does not stay there until it is read again.
    private const long CloseBytes = 256 * 1024;
    private const int FewestPanels = 4;
    private const int MostParts = 8;

    private readonly FeatureMap _input;
    private readonly FeatureMap _output;
    private readonly nint[] _sources;
    private readonly int[] _destinations;
    private readonly int _padding;
    private readonly int _chunk;
    private readonly int _pixels;
    private readonly int _panel;
    private readonly int _panels;
    private readonly int _range;
    private readonly int _ranges;

    // Floats of weights between one input plane and one output group.
    private readonly int _perPlane;

    // A kernel is runs of neighbouring floats, and a 1×1 kernel's planes are no different from another's rows.
    private readonly int _rows;
    private readonly int _run;
    private readonly nint _nextRow;
    private readonly nint _nextPlane;

    // Bytes from a block's pixels to the next one's, 0 where they need not be prefetched.
    private readonly int _pixelsAhead;
    private readonly AlignedBuffer _weights;
    private readonly AlignedBuffer _bias;
    private readonly AlignedBuffer _zeros;

    public ImplicitGemmConvolution(FoldedConvolution layer, FeatureMap input, FeatureMap output)
    {
        WeightPacking.RequireWhole(output.Groups, Groups, "output groups");
        WeightPacking.RequireWhole(layer.Kernel * input.Lanes, TUnrolled.Inputs, "inputs of a run");
        (_input, _output, _pixels) = (input, output, output.Height * output.Width);
        Reach = Reach.OfWindows(input, layer.Kernel, layer.Stride, layer.Kernel / 2, output.Height, output.Width);
        _padding = layer.Kernel / 2 * (input.RowStride + input.Lanes);
        _chunk = Multiples.Even(input.Groups, Math.Max(1, ChunkInputs / (input.Lanes * layer.Kernel * layer.Kernel)));
        _perPlane = input.Lanes * layer.Kernel * layer.Kernel * output.Lanes;
        _weights = WeightPacking.Direct(layer, input, output, Groups, _chunk);
        _bias = WeightPacking.Bias(layer, output);
        _zeros = new AlignedBuffer(Groups * output.Lanes);
        var sources = Offsets(output, input.RowStride * layer.Stride, input.Lanes * layer.Stride);
        _sources = [.. sources.Select(floats => (nint)floats * sizeof(float))];
        _destinations = Offsets(output, output.RowStride, output.Lanes);
        var most = Math.Max(1, PanelBytes / (Pixels * _chunk * input.Lanes * sizeof(float))) * Pixels;
        _panel = Multiples.RoundUp(Multiples.Even(_pixels, most), Pixels);
        _panels = Multiples.Count(_pixels, _panel);

        // A part is one panel with all groups where there are panels enough, else with some groups.
        _range = _panels >= FewestPanels ? output.Groups : Multiples.RoundUp(Multiples.Count(output.Groups, MostParts), Groups);
        _ranges = Multiples.Count(output.Groups, _range);

        _rows = layer.Kernel;
        _run = layer.Kernel * input.Lanes;
        _nextRow = (_rows == 1 ? input.GroupStride : input.RowStride) - _run;
        _nextPlane = input.GroupStride - ((nint)layer.Kernel * input.RowStride);
        _pixelsAhead = input.Lanes > 1 && input.Length * sizeof(float) > CloseBytes
            ? Pixels * layer.Stride * input.Lanes * sizeof(float)
            : 0;
    }

    /// <inheritdoc />
    public override int Parts => _ranges * _panels;

    /// <inheritdoc />
    public override Reach Reach { get; }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, float* scratch, int part, Epilogue epilogue)
    {
        var (range, panel) = Math.DivRem(part, _panels);
        var groups = GroupRange.Of(range, _range, _output.Groups);
        int first = panel * _panel, end = Math.Min(first + _panel, _pixels);
        for (var plane = 0; plane < _input.Groups; plane += _chunk)
        {
            var planes = Math.Min(_chunk, _input.Groups - plane);
            var sums = plane == 0 ? epilogue & Epilogue.Add : Epilogue.Add;
            var cut = plane + planes == _input.Groups ? epilogue & Epilogue.Relu : Epilogue.None;
            Chunk(arena, plane, planes, groups, first, end, sums | cut);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Chunk(float* arena, int plane, int planes, GroupRange groups, int first, int end, Epilogue epilogue)
    {
        var source = arena + _input.Offset - _padding + ((nint)plane * _input.GroupStride);
        var perGroup = (nint)planes * _perPlane;
        var weights = _weights.Pointer + ((nint)plane * _output.Groups * _perPlane) + (groups.First * perGroup);
        var slice = _weights.Length * sizeof(float) <= CloseBytes
            ? 0
            : (int)(Groups * perGroup * sizeof(float)) / Multiples.Count(end - first, Pixels);
        fixed (nint* sources = _sources)
        fixed (int* destinations = _destinations)
        {
            for (var group = groups.First; group < groups.End; group += Groups)
            {
                var bias = plane == 0 ? _bias.Pointer + (group * TSimd.Lanes) : _zeros.Pointer;
                var output = arena + _output.Offset + ((nint)group * _output.GroupStride);
                var ahead = group == groups.First ? _pixelsAhead : 0;
                var next = weights + (Groups * perGroup);
                var later = (byte*)next;
                for (var pixel = first; pixel < end; pixel += Pixels, later += slice)
                {
                    TileSteps<TSimd, TVector>.PrefetchLater(later, slice);
                    Block(source, sources + pixel, planes, ahead, weights, bias, output, destinations + pixel, end - pixel, epilogue);
                }

                weights = next;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Block(
        float* x, nint* sources, int planes, int ahead, float* weights, float* bias, float* output, int* destinations, int count,
        Epilogue epilogue)
    {
        var lanes = TSimd.Lanes;
        nint o0 = sources[0], o1 = sources[1], o2 = sources[2], o3 = sources[3], o4 = sources[4], o5 = sources[5];
        TVector a0 = TSimd.Load(bias), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        TVector b0 = TSimd.Load(bias + lanes), b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
        int rows = _rows, run = _run;
        nint nextRow = _nextRow, nextPlane = _nextPlane;
        if (rows == 1)
        {
            (rows, planes) = (planes, 1);
        }

        for (; planes > 0; planes--, x += nextPlane)
        {
            for (var row = rows; row > 0; row--, x += nextRow)
            {
                if (ahead != 0 && Sse.IsSupported)
                {
                    var later = (byte*)x + ahead;
                    Sse.Prefetch0(later + o0);
                    Sse.Prefetch0(later + o1);
                    Sse.Prefetch0(later + o2);
                    Sse.Prefetch0(later + o3);
                    Sse.Prefetch0(later + o4);
                    Sse.Prefetch0(later + o5);
                }

                var end = x + run;
                do
                {
                    Input(
                        (byte*)x, 0, o0, o1, o2, o3, o4, o5, weights,
                        ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                    if (TUnrolled.Inputs > 1)
                    {
                        Input(
                            (byte*)x, 1, o0, o1, o2, o3, o4, o5, weights,
                            ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                        Input(
                            (byte*)x, 2, o0, o1, o2, o3, o4, o5, weights,
                            ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                    }

                    if (TUnrolled.Inputs > 3)
                    {
                        Input(
                            (byte*)x, 3, o0, o1, o2, o3, o4, o5, weights,
                            ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                    }

                    if (TUnrolled.Inputs > 4)
                    {
                        Input(
                            (byte*)x, 4, o0, o1, o2, o3, o4, o5, weights,
                            ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                        Input(
                            (byte*)x, 5, o0, o1, o2, o3, o4, o5, weights,
                            ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                        Input(
                            (byte*)x, 6, o0, o1, o2, o3, o4, o5, weights,
                            ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                    }

                    x += TUnrolled.Inputs;
                    weights += TUnrolled.Inputs * Groups * lanes;
                }
                while (x < end);
            }
        }

        nint stride = _output.GroupStride;
        TileSteps<TSimd, TVector>.Store(a0, b0, output + destinations[0], stride, epilogue, stored: true);
        TileSteps<TSimd, TVector>.Store(a1, b1, output + destinations[1], stride, epilogue, count > 1);
        TileSteps<TSimd, TVector>.Store(a2, b2, output + destinations[2], stride, epilogue, count > 2);
        TileSteps<TSimd, TVector>.Store(a3, b3, output + destinations[3], stride, epilogue, count > 3);
        TileSteps<TSimd, TVector>.Store(a4, b4, output + destinations[4], stride, epilogue, count > 4);
        TileSteps<TSimd, TVector>.Store(a5, b5, output + destinations[5], stride, epilogue, count > 5);
    }

    // One pointer and six distances in bytes, which addressing modes take as they are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Input(
        byte* x,
        int input,
        nint o0,
        nint o1,
        nint o2,
        nint o3,
        nint o4,
        nint o5,
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
        int lanes = TSimd.Lanes, first = input * Groups * lanes, at = input * sizeof(float);
        TVector wa = TSimd.Load(weights + first), wb = TSimd.Load(weights + first + lanes);
        TileSteps<TSimd, TVector>.Add(*(float*)(x + o0 + at), wa, wb, ref a0, ref b0);
        TileSteps<TSimd, TVector>.Add(*(float*)(x + o1 + at), wa, wb, ref a1, ref b1);
        TileSteps<TSimd, TVector>.Add(*(float*)(x + o2 + at), wa, wb, ref a2, ref b2);
        TileSteps<TSimd, TVector>.Add(*(float*)(x + o3 + at), wa, wb, ref a3, ref b3);
        TileSteps<TSimd, TVector>.Add(*(float*)(x + o4 + at), wa, wb, ref a4, ref b4);
        TileSteps<TSimd, TVector>.Add(*(float*)(x + o5 + at), wa, wb, ref a5, ref b5);
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
