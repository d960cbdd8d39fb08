using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Direct;

/// <summary>
/// Convolution by its definition, for any odd kernel and stride: every output row is covered with tiles. Its parts are a few rows each
/// where the weights stay in the cache, else the rows of a few channel groups, whose weights do.
/// </summary>
internal sealed unsafe class DirectConvolution<TSimd, TVector, TTile> : Convolution
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TTile : struct, ITile
{
    // Weights of a layer up to this size stay in the first two cache levels while all rows of the input are read.
    private const long CachedWeights = 64 * 1024;
    private const int MostParts = 8;

    private readonly FeatureMap _input;
    private readonly FeatureMap _output;
    private readonly int _stride;
    private readonly bool _byRows;
    private readonly int _rows;
    private readonly long _padding;
    private readonly TileWalk _walk;
    private readonly AlignedBuffer _weights;
    private readonly AlignedBuffer _bias;

    public DirectConvolution(FoldedConvolution layer, FeatureMap input, FeatureMap output)
    {
        WeightPacking.RequireWhole(output.Groups, TTile.Groups, "output groups");
        (_input, _output, _stride) = (input, output, layer.Stride);
        Reach = Reach.OfWindows(
            input, layer.Kernel, layer.Stride, layer.Kernel / 2, output.Height, output.Width,
            Multiples.RoundUp(output.Width, TTile.Pixels));
        _padding = (long)(layer.Kernel / 2) * (input.RowStride + input.Lanes);
        _weights = WeightPacking.Direct(layer, input, output, TTile.Groups, input.Groups);
        _bias = WeightPacking.Bias(layer, output);
        _byRows = _weights.Length <= CachedWeights;
        _rows = Multiples.Count(output.Height, MostParts);
        _walk = new TileWalk(
            input.Groups,
            input.GroupStride,
            layer.Kernel,
            input.RowStride,
            layer.Kernel * input.Lanes,
            (nint)(_weights.Length / output.Groups),
            output.GroupStride);
    }

    /// <inheritdoc />
    public override int Parts => _byRows ? Multiples.Count(_output.Height, _rows) : _output.Groups / TTile.Groups;

    /// <inheritdoc />
    public override Reach Reach { get; }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, float* scratch, int part, Epilogue epilogue)
    {
        if (_byRows)
        {
            var end = Math.Min((part + 1) * _rows, _output.Height);
            for (var y = part * _rows; y < end; y++)
            {
                for (var group = 0; group < _output.Groups; group += TTile.Groups)
                {
                    Row(arena, y, group, epilogue);
                }
            }
        }
        else
        {
            for (var y = 0; y < _output.Height; y++)
            {
                Row(arena, y, part * TTile.Groups, epilogue);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Row(float* arena, int y, int group, Epilogue epilogue)
    {
        var source = arena + _input.Offset - _padding + ((long)y * _stride * _input.RowStride);
        var destination = arena + _output.Offset + ((long)group * _output.GroupStride) + ((long)y * _output.RowStride);
        var weights = _weights.Pointer + (group * _walk.WeightStride);
        var bias = _bias.Pointer + (group * TSimd.Lanes);
        var step = TTile.Pixels * _stride * _input.Lanes;
        for (var left = _output.Width; left > 0; left -= TTile.Pixels, source += step, destination += TTile.Pixels * TSimd.Lanes)
        {
            TTile.Run(source, in _walk, weights, bias, destination, left, epilogue);
        }
    }
}
