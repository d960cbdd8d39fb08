using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Direct;

/// <summary>
/// Convolution by its definition to a map so small that sums for all of its pixels stay in registers. Such maps meet a network's largest
/// weights, and reading those takes longer than multiplying: here each is read once, in one stream.
/// </summary>
internal sealed unsafe class WholeMapConvolution<TSimd, TVector, TTile> : Convolution
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TTile : struct, IMapTile
{
    private readonly FeatureMap _input;
    private readonly FeatureMap _output;
    private readonly nint _nextRow;
    private readonly long _padding;
    private readonly TileWalk _walk;
    private readonly AlignedBuffer _weights;
    private readonly AlignedBuffer _bias;

    public WholeMapConvolution(FoldedConvolution layer, FeatureMap input, FeatureMap output)
    {
        WeightPacking.RequireWhole(output.Groups, TTile.Groups, "output groups");
        if (output.Height != TTile.Side || output.Width != TTile.Side || (TTile.SkipsBorder && layer is not { Kernel: 3, Stride: 1 }))
        {
            throw new InvalidOperationException(
                $"The kernel does not compute {layer.Kernel}×{layer.Kernel}/{layer.Stride} to {output.Height}×{output.Width}.");
        }

        (_input, _output, _nextRow) = (input, output, layer.Stride * input.RowStride);
        Reach = TTile.SkipsBorder
            ? default
            : Reach.OfWindows(input, layer.Kernel, layer.Stride, layer.Kernel / 2, output.Height, output.Width);
        _padding = (long)(layer.Kernel / 2) * (input.RowStride + input.Lanes);
        _weights = WeightPacking.Direct(layer, input, output, TTile.Groups, input.Groups, TTile.SkipsBorder);
        _bias = WeightPacking.Bias(layer, output);
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
    public override int Parts => _output.Groups / TTile.Groups;

    /// <inheritdoc />
    public override Reach Reach { get; }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, float* scratch, int part, Epilogue epilogue)
    {
        var group = part * TTile.Groups;
        TTile.Run(
            arena + _input.Offset - _padding,
            in _walk,
            _nextRow,
            _weights.Pointer + (group * _walk.WeightStride),
            _bias.Pointer + (group * TSimd.Lanes),
            arena + _output.Offset + ((long)group * _output.GroupStride),
            _output.RowStride,
            epilogue);
    }
}
