using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using Floats = System.Numerics.Vector<float>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// From the image's planes of floats to integers of 16 bits, the channels of a pixel side by side. They stand for the range of values that
/// the image has, so that none is cut off, and what follows from that for the stem is written beside them.
/// </summary>
/// <remarks>All in one part: its range is known when all of it has been seen.</remarks>
internal sealed unsafe class SixteenBitImage : Convolution
{
    private const int Colours = 3;

    private readonly FeatureMap _input;
    private readonly ByteMap _output;
    private readonly ImageMeaning _meaning;
    private readonly int _offset;
    private readonly int[] _sums;
    private readonly double[] _scales;

    /// <param name="input">The image.</param>
    /// <param name="output">Its integers.</param>
    /// <param name="meaning">Where the stem finds what they stand for.</param>
    /// <param name="offset">What the stem subtracts from each value.</param>
    /// <param name="sums">Of the stem's weights, by output.</param>
    /// <param name="scales">What a weight of 1 stands for, by output.</param>
    public SixteenBitImage(FeatureMap input, ByteMap output, ImageMeaning meaning, int offset, int[] sums, double[] scales)
        => (_input, _output, _meaning, _offset, _sums, _scales) = (input, output, meaning, offset, sums, scales);

    /// <inheritdoc />
    public override int Parts => 1;

    /// <inheritdoc />
    /// <remarks>None of the border.</remarks>
    public override Reach Reach => default;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, float* scratch, int part, Epilogue epilogue)
    {
        var scale = Range(arena, out arena[_output.NotFinite]);
        var start = (int*)(arena + _meaning.Start);
        var factor = arena + _meaning.Scale;
        for (var output = 0; output < _sums.Length; output++)
        {
            start[output] = (_offset - scale.Zero) * _sums[output];
            factor[output] = (float)(scale.Scale * _scales[output]);
        }

        new Span<short>(arena + _output.Start, (int)(_output.Length / sizeof(short))).Fill((short)scale.Zero);
        for (var y = 0; y < _output.Height; y++)
        {
            var source = arena + _input.Offset + ((long)y * _input.RowStride);
            var destination = (short*)(_output.First(arena) + ((long)y * _output.RowStride));
            var first = _output.Channels == Colours ? ColourRow(source, destination, (float)(1 / scale.Scale), (short)scale.Zero) : 0;
            Row(source, destination, (float)(1 / scale.Scale), scale.Zero, first);
        }
    }

    // Sets 0, or NaN where a value is not finite.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ByteScale Range(float* arena, out float notFinite)
    {
        // Two of each, so that the next need not wait for the last.
        Floats low = Floats.Zero, high = Floats.Zero, zeros = Floats.Zero, low2 = low, high2 = high, zeros2 = zeros;
        float lowest = 0, highest = 0, rest = 0;
        for (var row = 0; row < _input.Channels * _input.Height; row++)
        {
            var (channel, y) = Math.DivRem(row, _input.Height);
            var x = arena + _input.Offset + ((long)channel * _input.GroupStride) + ((long)y * _input.RowStride);
            var end = x + _input.Width;
            for (; x <= end - (2 * Floats.Count); x += 2 * Floats.Count)
            {
                Floats value = Vector.Load(x), value2 = Vector.Load(x + Floats.Count);
                (low, low2) = (Vector.MinNative(low, value), Vector.MinNative(low2, value2));
                (high, high2) = (Vector.MaxNative(high, value), Vector.MaxNative(high2, value2));
                (zeros, zeros2) = (zeros + (value * Floats.Zero), zeros2 + (value2 * Floats.Zero));
            }

            for (; x < end; x++)
            {
                (lowest, highest, rest) = (Math.Min(lowest, *x), Math.Max(highest, *x), rest + (*x * 0));
            }
        }

        (low, high, zeros) = (Vector.MinNative(low, low2), Vector.MaxNative(high, high2), zeros + zeros2);
        notFinite = rest + Vector.Sum(zeros);
        if (float.IsNaN(notFinite))
        {
            return ByteScale.Of(0, 0, EightBitWeights.LargestPixel);
        }

        for (var lane = 0; lane < Floats.Count; lane++)
        {
            (lowest, highest) = (Math.Min(lowest, low[lane]), Math.Max(highest, high[lane]));
        }

        return ByteScale.Of(lowest, highest, EightBitWeights.LargestPixel);
    }

    // Pixels of three channels, eight or four at a time; the result is how many there are. More bytes are stored for each than it has,
    // which the next pixels write again, and behind the last the border has its own back.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int ColourRow(float* source, short* destination, float scale, short zero)
    {
        nint plane = _input.GroupStride;
        var x = 0;
        if (Avx2.IsSupported)
        {
            // The six bytes of each of two pixels side by side.
            var half = Vector128.Create((byte)0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 0x80, 0x80, 0x80, 0x80);
            var close = Vector256.Create(half, half);
            for (; x <= _output.Width - Vector256<int>.Count; x += Vector256<int>.Count)
            {
                var first = EightIntegers(source + x, scale, zero) | (EightIntegers(source + x + plane, scale, zero) << 16);
                var second = EightIntegers(source + x + (2 * plane), scale, zero);
                var low = Avx2.Shuffle(Avx2.UnpackLow(first, second).AsByte(), close).AsInt16();
                var high = Avx2.Shuffle(Avx2.UnpackHigh(first, second).AsByte(), close).AsInt16();
                var to = destination + (x * Colours);
                low.GetLower().Store(to);
                high.GetLower().Store(to + (2 * Colours));
                low.GetUpper().Store(to + (4 * Colours));
                high.GetUpper().Store(to + (6 * Colours));
            }
        }

        for (; x <= _output.Width - Vector128<int>.Count; x += Vector128<int>.Count)
        {
            var first = Integers(source + x, scale, zero) | (Integers(source + x + plane, scale, zero) << 16);
            var second = Integers(source + x + (2 * plane), scale, zero);
            var low = Sse2.UnpackLow(first, second).AsDouble();
            var high = Sse2.UnpackHigh(first, second).AsDouble();
            var to = destination + (x * Colours);
            Sse2.StoreLow((double*)to, low);
            Sse2.StoreHigh((double*)(to + Colours), low);
            Sse2.StoreLow((double*)(to + (2 * Colours)), high);
            Sse2.StoreHigh((double*)(to + (3 * Colours)), high);
        }

        (destination[x * Colours], destination[(x * Colours) + 1]) = (zero, zero);
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> EightIntegers(float* source, float scale, float zero)
    {
        var value = (Vector256.Load(source) * Vector256.Create(scale)) + Vector256.Create(zero);
        value = Vector256.MinNative(
            Vector256.MaxNative(value, Vector256<float>.Zero), Vector256.Create((float)EightBitWeights.LargestPixel));
        return (value + Vector256.Create(ByteRounding.Magic)).AsInt32() & Vector256.Create((int)ushort.MaxValue);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Integers(float* source, float scale, float zero)
    {
        var value = (Vector128.Load(source) * Vector128.Create(scale)) + Vector128.Create(zero);
        value = Vector128.MinNative(
            Vector128.MaxNative(value, Vector128<float>.Zero), Vector128.Create((float)EightBitWeights.LargestPixel));
        return (value + Vector128.Create(ByteRounding.Magic)).AsInt32() & Vector128.Create((int)ushort.MaxValue);
    }

    // No multiplication is fused with an addition, here as in all that becomes integers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Row(float* source, short* destination, float scale, float zero, int first)
    {
        var values = stackalloc int[Vector<int>.Count];
        var channels = _output.Channels;
        for (var channel = 0; channel < channels; channel++, source += _input.GroupStride)
        {
            var to = destination + (first * channels) + channel;
            var x = first;
            for (; x <= _output.Width - Floats.Count; x += Floats.Count)
            {
                var value = (Vector.Load(source + x) * scale) + new Floats(zero);
                value = Vector.MinNative(Vector.MaxNative(value, Floats.Zero), new Floats(EightBitWeights.LargestPixel));
                Vector.AsVectorInt32(value + new Floats(ByteRounding.Magic)).Store(values);
                for (var i = 0; i < Floats.Count; i++, to += channels)
                {
                    *to = (short)values[i];
                }
            }

            for (; x < _output.Width; x++, to += channels)
            {
                var product = source[x] * scale;
                var value = Math.Min(Math.Max(product + zero, 0), EightBitWeights.LargestPixel) + ByteRounding.Magic;
                *to = (short)BitConverter.SingleToInt32Bits(value);
            }
        }
    }
}
