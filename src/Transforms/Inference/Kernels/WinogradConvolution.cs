using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>
/// A 3×3 convolution with stride 1 by <see cref="IWinograd{TVector}"/>: the input's tiles are transformed, each of the Side² positions is one
/// matrix product over channels, and the products are transformed back. Tiles go through in chunks whose products stay in the cache.
/// </summary>
internal sealed unsafe class WinogradConvolution<TSimd, TVector, TAlgorithm, TTile> : Convolution
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TAlgorithm : struct, IWinograd<TVector>
    where TTile : struct, ITile
{
    private const int CachedBytes = 320 * 1024;

    private readonly FeatureMap _input;
    private readonly FeatureMap _output;
    private readonly AlignedBuffer _weights;
    private readonly AlignedBuffer _bias;
    private readonly AlignedBuffer _zeros;
    private readonly int _columns;
    private readonly int _tiles;
    private readonly int _chunk;
    private readonly TileWalk _walk;
    private readonly nint _inputPosition;
    private readonly nint _outputPosition;
    private readonly long _transformed;
    private readonly long _products;
    private readonly long _temporary;

    public WinogradConvolution(FoldedConvolution layer, FeatureMap input, FeatureMap output, ArenaLayout arena)
    {
        (_input, _output) = (input, output);
        _weights = WeightPacking.Winograd(layer, input, output, TAlgorithm.Filter);
        _bias = WeightPacking.Bias(layer, output);
        _zeros = new AlignedBuffer(_bias.Length);
        _columns = Ceiling(output.Width, TAlgorithm.Outputs);
        _tiles = _columns * Ceiling(output.Height, TAlgorithm.Outputs);
        var bytesPerTile = Positions * (input.Groups + output.Groups) * TSimd.Lanes * sizeof(float);
        _chunk = RoundUp(Math.Min(_tiles, Math.Max(CachedBytes / bytesPerTile, TTile.Pixels)), TTile.Pixels);
        _walk = new TileWalk(
            input.Groups, _chunk * TSimd.Lanes, 1, 0, TSimd.Lanes, input.Groups * TSimd.Lanes * TSimd.Lanes, _chunk * TSimd.Lanes);

        // One vector more than needed: a power of two between positions would put all of them into the same few cache sets.
        _inputPosition = (nint)(((input.Groups * _chunk) + 1) * TSimd.Lanes);
        _outputPosition = (nint)(((output.Groups * _chunk) + 1) * TSimd.Lanes);
        long temporary = Positions * TSimd.Lanes, transformed = Positions * _inputPosition, products = Positions * _outputPosition;
        _temporary = arena.Scratch(temporary + transformed + products);
        _transformed = _temporary + temporary;
        _products = _transformed + transformed;
    }

    private static int Positions => TAlgorithm.Side * TAlgorithm.Side;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, Epilogue epilogue)
    {
        for (var first = 0; first < _tiles; first += _chunk)
        {
            var count = Math.Min(_chunk, _tiles - first);
            Transform(arena, first, count);
            Multiply(arena, count);
            TransformBack(arena, first, count, epilogue);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transform(float* arena, int first, int count)
    {
        nint lanes = TSimd.Lanes, side = TAlgorithm.Side;
        var temporary = arena + _temporary;
        for (var group = 0; group < _input.Groups; group++)
        {
            var plane = arena + _input.Offset - _input.RowStride - lanes + ((long)group * _input.GroupStride);
            var target = arena + _transformed + (group * _walk.PlaneStride);
            for (var tile = first; tile < first + count; tile++, target += lanes)
            {
                var (row, column) = Math.DivRem(tile, _columns);
                var source = plane + (((long)row * _input.RowStride) + (column * lanes)) * TAlgorithm.Outputs;
                for (nint i = 0; i < side; i++)
                {
                    TAlgorithm.Input(source + (i * lanes), _input.RowStride, temporary + (i * lanes), side * lanes);
                }

                for (nint i = 0; i < side; i++)
                {
                    TAlgorithm.Input(temporary + (i * side * lanes), lanes, target + (i * side * _inputPosition), _inputPosition);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(float* arena, int count)
    {
        var weights = _weights.Pointer;
        float* source = arena + _transformed, destination = arena + _products;
        for (var position = 0; position < Positions; position++, source += _inputPosition, destination += _outputPosition)
        {
            for (var group = 0; group < _output.Groups; group += TTile.Groups, weights += TTile.Groups * _walk.WeightStride)
            {
                var products = destination + (group * _walk.OutputStride);
                for (var tile = 0; tile < count; tile += TTile.Pixels)
                {
                    var skip = tile * TSimd.Lanes;
                    TTile.Run(source + skip, in _walk, weights, _zeros.Pointer, products + skip, TTile.Pixels, Epilogue.None);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TransformBack(float* arena, int first, int count, Epilogue epilogue)
    {
        nint lanes = TSimd.Lanes, side = TAlgorithm.Side, outputs = TAlgorithm.Outputs;
        var temporary = arena + _temporary;
        for (var group = 0; group < _output.Groups; group++)
        {
            var bias = TSimd.Load(_bias.Pointer + (group * lanes));
            var plane = arena + _output.Offset + ((long)group * _output.GroupStride);
            var source = arena + _products + (group * _walk.OutputStride);
            for (var tile = first; tile < first + count; tile++, source += lanes)
            {
                for (nint i = 0; i < side; i++)
                {
                    TAlgorithm.Output(source + (i * _outputPosition), side * _outputPosition, temporary + (i * lanes), side * lanes);
                }

                var (row, column) = Math.DivRem(tile, _columns);
                var rows = Math.Min((int)outputs, _output.Height - (row * (int)outputs));
                var columns = Math.Min((int)outputs, _output.Width - (column * (int)outputs));
                var target = plane + ((((long)row * _output.RowStride) + (column * lanes)) * outputs);
                for (var y = 0; y < rows; y++, target += _output.RowStride)
                {
                    TAlgorithm.OutputRow(temporary + (y * side * lanes), bias, target, columns, epilogue);
                }
            }
        }
    }

    private static int Ceiling(int value, int divisor) => (value + divisor - 1) / divisor;

    private static int RoundUp(int value, int unit) => Ceiling(value, unit) * unit;
}
