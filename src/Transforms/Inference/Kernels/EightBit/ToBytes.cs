using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>From a feature map of floats to one of bytes, border included. Its parts are a few rows each.</summary>
internal sealed unsafe class ToBytes<TIntegers, TVector> : Convolution
    where TIntegers : struct, IIntegers<TVector>
    where TVector : struct
{
    private const int MostParts = 8;

    private readonly FeatureMap _input;
    private readonly ByteMap _output;
    private readonly float _scale;
    private readonly byte _zero;
    private readonly int _rows;

    public ToBytes(FeatureMap input, ByteMap output, ByteScale scale)
    {
        WeightPacking.RequireWhole(input.Lanes, TIntegers.Lanes, "lanes");
        (_input, _output, _scale, _zero) = (input, output, (float)(1 / scale.Scale), (byte)scale.Zero);
        _rows = Multiples.Count(input.Height, MostParts);
    }

    /// <inheritdoc />
    public override int Parts => Multiples.Count(_input.Height, _rows);

    /// <inheritdoc />
    /// <remarks>None of the border.</remarks>
    public override Reach Reach => default;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, float* scratch, int part, Epilogue epilogue)
    {
        int first = part * _rows, end = Math.Min(first + _rows, _input.Height);
        if (first == 0)
        {
            Border(arena, -1);
        }

        for (var y = first; y < end; y++)
        {
            Row(arena, y);
        }

        if (end == _input.Height)
        {
            Border(arena, end);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Border(float* arena, int y)
        => NativeMemory.Fill(_output.First(arena) + ((long)y * _output.RowStride) - _output.PixelStride, (nuint)_output.RowStride, _zero);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Row(float* arena, int y)
    {
        nint stride = _output.PixelStride;
        var row = _output.First(arena) + ((long)y * _output.RowStride);
        NativeMemory.Fill(row - (MapBorder.Width * stride), (nuint)stride, _zero);
        NativeMemory.Fill(row + (_output.Width * stride), (nuint)stride, _zero);
        var source = arena + _input.Offset + ((long)y * _input.RowStride);
        int lanes = _input.Lanes, channels = Math.Min(_input.Groups * lanes, _output.PixelStride);
        float scale = _scale, zero = _zero;
        TVector notFinite = default;
        for (var channel = 0; channel < channels; channel += TIntegers.Lanes)
        {
            var from = source + ((long)(channel / lanes) * _input.GroupStride) + (channel % lanes);
            var to = row + channel;
            for (var x = _output.Width; x > 0; x--, from += lanes, to += stride)
            {
                TIntegers.Quantise(from, scale, zero, to, ref notFinite);
            }
        }

        arena[_output.NotFinite + y] = TIntegers.Sum(notFinite);
    }
}
