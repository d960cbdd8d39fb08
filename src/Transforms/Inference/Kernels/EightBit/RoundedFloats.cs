using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// From a feature map of floats to one of what their bytes would stand for, which may be the same map: what <see cref="ToBytes{TIntegers,
/// TVector}"/> rounds, for a convolution that floats compute faster. Its parts are a few rows each.
/// </summary>
internal sealed unsafe class RoundedFloats<TIntegers, TVector> : Convolution
    where TIntegers : struct, IIntegers<TVector>
    where TVector : struct
{
    private const int MostParts = 8;

    private readonly FeatureMap _input;
    private readonly FeatureMap _output;
    private readonly float _scale;
    private readonly float _zero;
    private readonly float _step;
    private readonly int _rows;

    public RoundedFloats(FeatureMap input, FeatureMap output, ByteScale scale)
    {
        WeightPacking.RequireWhole(input.Lanes, TIntegers.Lanes, "lanes");
        (_input, _output) = (input, output);
        (_scale, _zero, _step) = ((float)(1 / scale.Scale), scale.Zero, (float)scale.Scale);
        _rows = Multiples.Count(input.Height, MostParts);
    }

    /// <inheritdoc />
    public override int Parts => Multiples.Count(_input.Height, _rows);

    /// <inheritdoc />
    /// <remarks>None of the border, which stays zero as 0 is among the values that bytes stand for.</remarks>
    public override Reach Reach => default;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, float* scratch, int part, Epilogue epilogue)
    {
        int first = part * _rows, end = Math.Min(first + _rows, _input.Height), length = _input.Width * _input.Lanes;
        float scale = _scale, zero = _zero, step = _step;
        for (var group = 0; group < _input.Groups; group++)
        {
            for (var y = first; y < end; y++)
            {
                var from = arena + _input.Offset + ((long)group * _input.GroupStride) + ((long)y * _input.RowStride);
                var to = arena + _output.Offset + ((long)group * _output.GroupStride) + ((long)y * _output.RowStride);
                for (var i = 0; i < length; i += TIntegers.Lanes)
                {
                    TIntegers.RoundFloats(from + i, scale, zero, step, to + i);
                }
            }
        }
    }
}
