using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// Convolution of bytes by signed bytes, for any odd kernel up to 3 and any stride, as a matrix product of pixels and channels: blocks of
/// six pixels by two vectors of outputs, which read the input where it lies. Pixels need not lie in one row.
/// </summary>
/// <remarks>
/// A panel is as many pixels as stay in the first cache level with all of their channels; every block of weights passes over it. Sums are
/// exact, so that neither the order nor the processor changes a bit of them.
/// </remarks>
internal sealed unsafe class EightBitConvolution<TIntegers, TDots, TVector> : Convolution
    where TIntegers : struct, IIntegers<TVector>
    where TDots : struct, IDots<TVector>
    where TVector : struct
{
    private const int Pixels = 6;
    private const int Vectors = 2;
    private const int PanelBytes = 32 * 1024;
    private const int FewestPanels = 4;
    private const int MostParts = 8;

    private const int CacheLine = 64;

    // Of weights, what stays in a second cache level of 512 KiB with the rest.
    private const long CloseBytes = 256 * 1024;

    private readonly ByteMap _input;
    private readonly ByteMap? _bytes;
    private readonly FeatureMap? _floats;
    private readonly int[] _sources;
    private readonly int[] _destinations;
    private readonly int _padding;
    private readonly int _rows;
    private readonly int _run;
    private readonly int _outputs;
    private readonly int _lanes;
    private readonly int _pixels;
    private readonly int _panel;
    private readonly int _panels;
    private readonly int _range;
    private readonly int _ranges;
    private readonly int _perOutput;
    private readonly AlignedBuffer _weights;
    private readonly AlignedBuffer _start;
    private readonly AlignedBuffer _scale;
    private readonly AlignedBuffer _bias;

    /// <summary>From bytes to bytes.</summary>
    /// <param name="layer">The convolution.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="from">What its bytes stand for.</param>
    /// <param name="output">What it writes; its border is left as it is.</param>
    /// <param name="to">What its bytes stand for: where 0 does, negative sums are cut off as by a ReLU.</param>
    public EightBitConvolution(FoldedConvolution layer, ByteMap input, ByteScale from, ByteMap output, ByteScale to)
        : this(layer, input, from, output.Height, output.Width, to)
    {
        (_bytes, _outputs) = (output, output.PixelStride);
        _destinations = Offsets(output.Width, output.RowStride, output.PixelStride);
    }

    /// <summary>From bytes to floats.</summary>
    /// <param name="layer">The convolution.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="from">What its bytes stand for.</param>
    /// <param name="output">What it writes.</param>
    public EightBitConvolution(FoldedConvolution layer, ByteMap input, ByteScale from, FeatureMap output)
        : this(layer, input, from, output.Height, output.Width, new ByteScale(1, 0))
    {
        WeightPacking.RequireWhole(output.Lanes, TIntegers.Lanes, "lanes");
        (_floats, _outputs, _lanes) = (output, output.Groups * output.Lanes, output.Lanes);
        _destinations = Offsets(output.Width, output.RowStride, output.Lanes);
    }

    private EightBitConvolution(FoldedConvolution layer, ByteMap input, ByteScale from, int height, int width, ByteScale to)
    {
        _input = input;
        Reach = Reach.OfWindows(input.Height, input.Width, layer.Kernel, layer.Stride, layer.Kernel / 2, height, width);
        _pixels = height * width;
        _sources = Offsets(width, layer.Stride * input.RowStride, layer.Stride * input.PixelStride);
        _destinations = [];
        _padding = layer.Kernel / 2 * (input.RowStride + input.PixelStride);
        (_rows, _run) = (layer.Kernel, layer.Kernel * input.PixelStride);
        var weights = new EightBitWeights(layer, input, Vectors * TIntegers.Lanes);
        _perOutput = weights.PerOutput;
        _weights = weights.Packed;
        _start = weights.Start(from.Zero, TDots.Offset);
        _scale = weights.ByOutput(output => from.Scale * weights.Scale[output] / to.Scale);
        _bias = weights.ByOutput(output => (layer.Bias[output] / to.Scale) + to.Zero);

        var most = Math.Max(1, PanelBytes / (Pixels * layer.Stride * layer.Stride * input.PixelStride)) * Pixels;
        _panel = Multiples.RoundUp(Multiples.Even(_pixels, most), Pixels);
        _panels = Multiples.Count(_pixels, _panel);

        // A part is one panel with all outputs where there are panels enough, else with some outputs.
        var block = Vectors * TIntegers.Lanes;
        _range = _panels >= FewestPanels
            ? weights.Outputs
            : Multiples.RoundUp(Multiples.Count(weights.Outputs, MostParts), block);
        _ranges = Multiples.Count(weights.Outputs, _range);
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
        int first = panel * _panel, end = Math.Min(first + _panel, _pixels);
        var outputs = GroupRange.Of(range, _range, (int)_start.Length);
        var source = _input.First(arena) - _padding;
        var notFinite = _floats is null ? 0 : NotFinite(arena);
        var together = Vectors * TIntegers.Lanes * _perOutput;

        // Bytes of the next block's weights for every step that this one's pixels take.
        var steps = Multiples.Count(end - first, Pixels) * (_perOutput / ByteMap.ChannelUnit);
        var ahead = _weights.Length * sizeof(float) <= CloseBytes ? 0 : Multiples.Count(together, steps);
        fixed (int* sources = _sources)
        fixed (int* destinations = _destinations)
        {
            for (var output = outputs.First; output < outputs.End; output += Vectors * TIntegers.Lanes)
            {
                var weights = (byte*)_weights.Pointer + ((nint)output * _perOutput);
                var later = weights + together;
                for (var pixel = first; pixel < end; pixel += Pixels)
                {
                    later = Block(
                        arena, source, sources + pixel, weights, later, ahead, output, destinations + pixel, end - pixel, notFinite,
                        epilogue);
                }
            }
        }
    }

    // Weights of large layers come from a shared cache: a few at a time, into the second level.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* weights, nint bytes)
    {
        if (Sse.IsSupported && bytes > 0)
        {
            Sse.Prefetch1(weights);
            if (bytes > CacheLine)
            {
                Sse.Prefetch1(weights + CacheLine);
            }
        }
    }

    // 0, or NaN where a value that was to become a byte was not finite.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float NotFinite(float* arena)
    {
        var sum = 0f;
        for (var y = 0; y < _input.Height; y++)
        {
            sum += arena[_input.NotFinite + y];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private byte* Block(
        float* arena, byte* x, int* sources, byte* weights, byte* later, nint ahead, int output, int* destinations, int count,
        float notFinite, Epilogue epilogue)
    {
        nint o0 = sources[0], o1 = sources[1], o2 = sources[2], o3 = sources[3], o4 = sources[4], o5 = sources[5];
        var start = (int*)_start.Pointer + output;
        TVector a0 = TIntegers.Load(start), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        TVector b0 = TIntegers.Load(start + TIntegers.Lanes), b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
        nint nextRow = _input.RowStride - _run;
        for (var row = _rows; row > 0; row--, x += nextRow)
        {
            var end = x + _run;
            do
            {
                Prefetch(later, ahead);
                later += ahead;

                // As many as the channels of a pixel are rounded up to.
                Four(
                    x, 0, o0, o1, o2, o3, o4, o5, weights,
                    ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                Four(
                    x, 1, o0, o1, o2, o3, o4, o5, weights,
                    ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                Four(
                    x, 2, o0, o1, o2, o3, o4, o5, weights,
                    ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                Four(
                    x, 3, o0, o1, o2, o3, o4, o5, weights,
                    ref a0, ref a1, ref a2, ref a3, ref a4, ref a5, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5);
                x += ByteMap.ChannelUnit;
                weights += ByteMap.ChannelUnit * Vectors * TIntegers.Lanes;
            }
            while (x < end);
        }

        float* scale = _scale.Pointer + output, bias = _bias.Pointer + output;
        var both = output + TIntegers.Lanes < _outputs;
        if (_bytes is not null)
        {
            var place = _bytes.First(arena) + output;
            Store(a0, b0, scale, bias, place + destinations[0], both, stored: true);
            Store(a1, b1, scale, bias, place + destinations[1], both, count > 1);
            Store(a2, b2, scale, bias, place + destinations[2], both, count > 2);
            Store(a3, b3, scale, bias, place + destinations[3], both, count > 3);
            Store(a4, b4, scale, bias, place + destinations[4], both, count > 4);
            Store(a5, b5, scale, bias, place + destinations[5], both, count > 5);
            return later;
        }

        var floats = arena + _floats!.Offset + Channel(output);
        var second = both ? Channel(output + TIntegers.Lanes) - Channel(output) : 0;
        Store(a0, b0, scale, bias, notFinite, floats + destinations[0], second, epilogue, stored: true);
        Store(a1, b1, scale, bias, notFinite, floats + destinations[1], second, epilogue, count > 1);
        Store(a2, b2, scale, bias, notFinite, floats + destinations[2], second, epilogue, count > 2);
        Store(a3, b3, scale, bias, notFinite, floats + destinations[3], second, epilogue, count > 3);
        Store(a4, b4, scale, bias, notFinite, floats + destinations[4], second, epilogue, count > 4);
        Store(a5, b5, scale, bias, notFinite, floats + destinations[5], second, epilogue, count > 5);
        return later;
    }

    // Floats from a pixel's first channel to one that begins a vector.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nint Channel(int channel) => ((nint)(channel / _lanes) * _floats!.GroupStride) + (channel % _lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(
        byte* x,
        int four,
        nint o0,
        nint o1,
        nint o2,
        nint o3,
        nint o4,
        nint o5,
        byte* weights,
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
        int at = four * EightBitWeights.Together, first = at * Vectors * TIntegers.Lanes;
        TVector wa = TIntegers.Load(weights + first), wb = TIntegers.Load(weights + first + (EightBitWeights.Together * TIntegers.Lanes));
        Add(x + o0 + at, wa, wb, ref a0, ref b0);
        Add(x + o1 + at, wa, wb, ref a1, ref b1);
        Add(x + o2 + at, wa, wb, ref a2, ref b2);
        Add(x + o3 + at, wa, wb, ref a3, ref b3);
        Add(x + o4 + at, wa, wb, ref a4, ref b4);
        Add(x + o5 + at, wa, wb, ref a5, ref b5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(byte* bytes, TVector wa, TVector wb, ref TVector a, ref TVector b)
    {
        var four = TIntegers.Repeat(bytes);
        a = TDots.Add(a, four, wa);
        b = TDots.Add(b, four, wb);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TVector a, TVector b, float* scale, float* bias, byte* first, bool both, bool stored)
    {
        if (!stored)
        {
            return;
        }

        TIntegers.StoreBytes(a, scale, bias, first);
        if (both)
        {
            TIntegers.StoreBytes(b, scale + TIntegers.Lanes, bias + TIntegers.Lanes, first + TIntegers.Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(
        TVector a, TVector b, float* scale, float* bias, float notFinite, float* first, nint second, Epilogue epilogue, bool stored)
    {
        if (!stored)
        {
            return;
        }

        TIntegers.StoreFloats(a, scale, bias, notFinite, first, epilogue);
        if (second != 0)
        {
            TIntegers.StoreFloats(b, scale + TIntegers.Lanes, bias + TIntegers.Lanes, notFinite, first + second, epilogue);
        }
    }

    // Where each output pixel's values lie; the last one again and again up to a whole block.
    private int[] Offsets(int width, int rowStride, int step)
    {
        var offsets = new int[Multiples.RoundUp(_pixels, Pixels)];
        for (var i = 0; i < offsets.Length; i++)
        {
            var (row, column) = Math.DivRem(Math.Min(i, _pixels - 1), width);
            offsets[i] = checked((row * rowStride) + (column * step));
        }

        return offsets;
    }
}
