using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>What a convolution of bytes tells the way to them.</summary>
internal abstract class EightBitConvolution : Convolution
{
    /// <summary>Vectors of outputs that are computed together.</summary>
    public const int Vectors = 2;

    /// <summary>What is subtracted from each byte before it is multiplied, see <see cref="IDots{TVector}.Offset"/>.</summary>
    public int Offset { get; protected init; }

    /// <summary>The sum of the weights of each output.</summary>
    public int[] WeightSums { get; protected init; } = [];

    /// <summary>What a weight of 1 stands for, by output.</summary>
    public double[] WeightScales { get; protected init; } = [];
}

/// <summary>
/// Convolution of bytes by signed bytes, for any odd kernel and stride, as a matrix product of pixels and channels: blocks of
/// some pixels by two vectors of outputs, which read the input where it lies. Pixels need not lie in one row.
/// </summary>
/// <remarks>
/// A panel is as many pixels as stay in a near cache level with all of their channels; every block of weights passes over it. Sums are
/// exact, so that neither the order nor the processor changes a bit of them.
/// </remarks>
internal abstract unsafe class EightBitConvolution<TIntegers, TVector> : EightBitConvolution
    where TIntegers : struct, IIntegers<TVector>
    where TVector : struct
{
    // In the first cache level; where weights come from further away, in the second, so that fewer panels read them.
    private const int PanelBytes = 32 * 1024;
    private const int PanelBytesFarWeights = 128 * 1024;
    private const int FewestPanels = 4;
    private const int MostParts = 8;

    private const int CacheLine = 64;

    // Of weights, what stays in a second cache level of 512 KiB with the rest.
    private const long CloseBytes = 256 * 1024;

    private readonly int _blockPixels;
    private readonly ByteMap _input;
    private readonly ImageMeaning? _image;
    private readonly ByteMap? _bytes;
    private readonly FeatureMap? _floats;
    private readonly int[] _sources;
    private readonly int[] _destinations;
    private readonly int _padding;
    private readonly int _outputs;
    private readonly int _pixels;
    private readonly int _panel;
    private readonly int _panels;
    private readonly int _range;
    private readonly int _ranges;
    private readonly int _perOutput;
    private readonly bool _isClose;
    private readonly AlignedBuffer _weights;
    private readonly AlignedBuffer _start;
    private readonly AlignedBuffer _scale;
    private readonly AlignedBuffer _bias;

    /// <summary>A convolution from bytes.</summary>
    /// <param name="layer">The convolution.</param>
    /// <param name="from">What it reads.</param>
    /// <param name="output">What it writes.</param>
    /// <param name="pixels">Pixels of a block.</param>
    /// <param name="offset">What is subtracted from each byte before it is multiplied, see <see cref="IDots{TVector}.Offset"/>.</param>
    protected EightBitConvolution(
        FoldedConvolution layer, EightBitInput from, EightBitOutput output, int pixels, int offset)
    {
        if (output.Floats is { } floats)
        {
            WeightPacking.RequireWhole(floats.Lanes, TIntegers.Lanes, "lanes");
        }

        var input = from.Map;
        (_input, _image, _bytes, _floats, _blockPixels) = (input, from.Image, output.Bytes, output.Floats, pixels);
        _outputs = output.Channels;
        _pixels = output.Height * output.Width;
        _sources = Offsets(output.Width, layer.Stride * input.RowStride, layer.Stride * input.PixelStride);
        _destinations = Offsets(output.Width, output.RowStride, output.PixelStride);
        _padding = layer.Kernel / 2 * (input.RowStride + input.PixelStride);
        var weights = new EightBitWeights(layer, input.PixelStride, Vectors * TIntegers.Lanes, _image is not null);
        (Rows, RowBytes, NextRow) = (layer.Kernel, weights.RowBytes, input.RowStride - weights.RowBytes);
        var reach = Reach.OfWindows(
            input.Height, input.Width, layer.Kernel, layer.Stride, layer.Kernel / 2, output.Height, output.Width);

        // Columns whose weights are zero.
        Reach = reach with { Dropped = reach.Dropped + Multiples.Count(RowBytes, input.PixelStride) - layer.Kernel };
        _perOutput = weights.PerOutput;
        _weights = weights.Packed;
        (Offset, WeightSums, WeightScales) = (offset, weights.Sums, weights.Scale);
        _start = weights.Start(from.From.Zero, offset);
        _scale = weights.ByOutput(channel => from.From.Scale * weights.Scale[channel] / output.To.Scale);
        _bias = weights.ByOutput(channel => (layer.Bias[channel] / output.To.Scale) + output.To.Zero);

        _isClose = _weights.Length * sizeof(float) <= CloseBytes;
        var bytes = _isClose ? PanelBytes : PanelBytesFarWeights;
        var most = Math.Max(1, bytes / (pixels * layer.Stride * layer.Stride * input.PixelStride)) * pixels;
        _panel = Multiples.RoundUp(Multiples.Even(_pixels, most), pixels);
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

    /// <summary>Rows of the kernel.</summary>
    protected int Rows { get; }

    /// <summary>Bytes that a row of the kernel reads, side by side.</summary>
    protected int RowBytes { get; }

    /// <summary>Bytes from behind what a row of the kernel reads to what the next reads.</summary>
    protected nint NextRow { get; }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, float* scratch, int part, Epilogue epilogue)
    {
        var (range, panel) = Math.DivRem(part, _panels);
        int first = panel * _panel, end = Math.Min(first + _panel, _pixels);
        var outputs = GroupRange.Of(range, _range, (int)_start.Length);
        var source = _input.First(arena) - _padding;
        var notFinite = _floats is null ? 0 : _input.SumNotFinite(arena);
        var together = Vectors * TIntegers.Lanes * _perOutput;

        // Bytes of the next block's weights for every step that this one's pixels take.
        var steps = Multiples.Count(end - first, _blockPixels) * (_perOutput / ByteMap.ChannelUnit);
        var ahead = _isClose ? 0 : Multiples.Count(together, steps);
        fixed (int* sources = _sources)
        fixed (int* destinations = _destinations)
        {
            for (var output = outputs.First; output < outputs.End; output += Vectors * TIntegers.Lanes)
            {
                var weights = (byte*)_weights.Pointer + ((nint)output * _perOutput);
                var place = Place(arena, output, notFinite, epilogue);
                place.Later = weights + together;
                for (var pixel = first; pixel < end; pixel += _blockPixels)
                {
                    Block(ref place, source, sources + pixel, weights, ahead, destinations + pixel, end - pixel);
                }
            }
        }
    }

    /// <summary>Computes a block.</summary>
    /// <param name="place">Where results go; its weights to be prefetched move on.</param>
    /// <param name="x">From where <paramref name="sources"/> count.</param>
    /// <param name="sources">For each pixel of the block where the first of the bytes that it reads lies.</param>
    /// <param name="weights">The weights of the block's outputs.</param>
    /// <param name="ahead">Bytes of weights to prefetch in every step.</param>
    /// <param name="destinations">For each pixel of the block where its results lie.</param>
    /// <param name="count">Pixels that there are.</param>
    protected abstract void Block(
        ref OutputPlace place, byte* x, int* sources, byte* weights, nint ahead, int* destinations, int count);

    // Weights of large layers come from a shared cache: a few at a time, into the second level.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static void Prefetch(byte* weights, nint bytes)
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static void Store(TVector a, TVector b, ref OutputPlace place, int destination, bool stored)
    {
        if (!stored)
        {
            return;
        }

        if (place.Floats is null)
        {
            var bytes = place.Bytes + destination;
            TIntegers.StoreBytes(a, place.Scale, place.Bias, bytes);
            if (place.Second != 0)
            {
                TIntegers.StoreBytes(b, place.Scale + TIntegers.Lanes, place.Bias + TIntegers.Lanes, bytes + place.Second);
            }

            return;
        }

        var floats = place.Floats + destination;
        TIntegers.StoreFloats(a, place.Scale, place.Bias, place.NotFinite, floats, place.Epilogue);
        if (place.Second != 0)
        {
            TIntegers.StoreFloats(
                b, place.Scale + TIntegers.Lanes, place.Bias + TIntegers.Lanes, place.NotFinite, floats + place.Second, place.Epilogue);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private OutputPlace Place(float* arena, int output, float notFinite, Epilogue epilogue)
    {
        var both = output + TIntegers.Lanes < _outputs;
        var place = new OutputPlace
        {
            Start = (int*)(_image is null ? _start.Pointer : arena + _image.Start) + output,
            Scale = (_image is null ? _scale.Pointer : arena + _image.Scale) + output,
            Bias = _bias.Pointer + output,
            NotFinite = notFinite,
            Epilogue = epilogue,
        };
        if (_bytes is not null)
        {
            place.Bytes = _bytes.First(arena) + output;
            place.Second = both ? TIntegers.Lanes : 0;
        }
        else
        {
            place.Floats = arena + _floats!.Offset + _floats.Channel(output);
            place.Second = both ? _floats.Channel(output + TIntegers.Lanes) - _floats.Channel(output) : 0;
        }

        return place;
    }

    // Where each output pixel's values lie; the last one again and again up to a whole block.
    private int[] Offsets(int width, int rowStride, int step)
    {
        var offsets = new int[Multiples.RoundUp(_pixels, _blockPixels)];
        for (var i = 0; i < offsets.Length; i++)
        {
            var (row, column) = Math.DivRem(Math.Min(i, _pixels - 1), width);
            offsets[i] = checked((row * rowStride) + (column * step));
        }

        return offsets;
    }
}
