using System.Numerics;
using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using Floats = System.Numerics.Vector<float>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// From the image's planes of floats to integers of 16 bits, the channels of a pixel side by side. They stand for the range of values that
/// the image has, so that none is cut off, and what follows from that for the stem is written beside them.
/// </summary>
/// <remarks>All in one part: its range is known when all of it has been seen.</remarks>
internal sealed unsafe class WideImage : Convolution
{
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
    public WideImage(FeatureMap input, ByteMap output, ImageMeaning meaning, int offset, int[] sums, double[] scales)
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
            Row(
                arena + _input.Offset + ((long)y * _input.RowStride), (short*)(_output.First(arena) + ((long)y * _output.RowStride)),
                (float)(1 / scale.Scale), scale.Zero);
        }
    }

    // Sets 0, or NaN where a value is not finite.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ByteScale Range(float* arena, out float notFinite)
    {
        Floats low = Floats.Zero, high = Floats.Zero, zeros = Floats.Zero;
        float lowest = 0, highest = 0, rest = 0;
        for (var row = 0; row < _input.Channels * _input.Height; row++)
        {
            var (channel, y) = Math.DivRem(row, _input.Height);
            var x = arena + _input.Offset + ((long)channel * _input.GroupStride) + ((long)y * _input.RowStride);
            var end = x + _input.Width;
            for (; x <= end - Floats.Count; x += Floats.Count)
            {
                var value = Vector.Load(x);
                low = Vector.MinNative(low, value);
                high = Vector.MaxNative(high, value);
                zeros += value * Floats.Zero;
            }

            for (; x < end; x++)
            {
                (lowest, highest, rest) = (Math.Min(lowest, *x), Math.Max(highest, *x), rest + (*x * 0));
            }
        }

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

    // No multiplication is fused with an addition, here as in all that becomes integers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Row(float* source, short* destination, float scale, float zero)
    {
        var values = stackalloc int[Vector<int>.Count];
        var channels = _output.Channels;
        for (var channel = 0; channel < channels; channel++, source += _input.GroupStride)
        {
            var to = destination + channel;
            var x = 0;
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
