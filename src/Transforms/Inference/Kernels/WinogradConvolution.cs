using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>
/// A 3×3 convolution with stride 1 by <see cref="IWinograd{TVector}"/>: the input's tiles are transformed, each of the Side² positions is one
/// matrix product over channels, and the products are transformed back. Tiles go through in chunks whose products stay in the cache: the
/// parts of the convolution.
/// </summary>
internal sealed unsafe class WinogradConvolution<TSimd, TVector, TAlgorithm, TTile> : Convolution
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TAlgorithm : struct, IWinograd<TVector>
    where TTile : struct, ITile
{
    // What a chunk may occupy, inputs and products: little, so that it stays close to the core; more where reading the weights once more
    // for every chunk would cost more than that.
    private const long FewestBytes = 160 * 1024;
    private const long MostBytes = 1200 * 1024;
    private const int WeightsPerByte = 6;

    private readonly FeatureMap _input;
    private readonly FeatureMap _output;
    private readonly AlignedBuffer _weights;
    private readonly AlignedBuffer _bias;
    private readonly AlignedBuffer _zeros;
    private readonly int _tiles;
    private readonly int _chunk;
    private readonly TileWalk _walk;
    private readonly nint _inputPosition;
    private readonly nint _outputPosition;
    private readonly long _transformed;
    private readonly long _products;

    public WinogradConvolution(FoldedConvolution layer, FeatureMap input, FeatureMap output, ArenaLayout arena)
    {
        (_input, _output) = (input, output);
        _weights = WeightPacking.Winograd(layer, input, output, TTile.Groups, TAlgorithm.Filter);
        _bias = WeightPacking.Bias(layer, output);
        _zeros = new AlignedBuffer(_bias.Length);
        _tiles = Ceiling(output.Width, TAlgorithm.Outputs) * Ceiling(output.Height, TAlgorithm.Outputs);
        long bytesPerTile = Positions * (input.Groups + output.Groups) * TSimd.Lanes * sizeof(float);
        var bytes = Math.Clamp(_weights.Length * sizeof(float) / WeightsPerByte, FewestBytes, MostBytes);
        var tiles = Math.Max(bytes / bytesPerTile, TTile.Pixels);
        _chunk = RoundUp((int)Math.Min(Ceiling(_tiles, arena.Workers), tiles), TTile.Pixels);
        _walk = new TileWalk(
            input.Groups, _chunk * TSimd.Lanes, 1, 0, TSimd.Lanes, input.Groups * TSimd.Lanes * TSimd.Lanes, _chunk * TSimd.Lanes);

        // One vector more than needed: a power of two between positions would put all of them into the same few cache sets.
        _inputPosition = (nint)(((input.Groups * _chunk) + 1) * TSimd.Lanes);
        _outputPosition = (nint)(((output.Groups * _chunk) + 1) * TSimd.Lanes);
        long transformed = Positions * _inputPosition, products = Positions * _outputPosition;
        _transformed = arena.Scratch(transformed + products);
        _products = _transformed + transformed;
    }

    private static int Positions => TAlgorithm.Side * TAlgorithm.Side;

    /// <inheritdoc />
    public override int Parts => Ceiling(_tiles, _chunk);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, float* scratch, int part, Epilogue epilogue)
    {
        var first = part * _chunk;
        var count = Math.Min(_chunk, _tiles - first);
        Tile<TSimd, TVector>.PrefetchFirst(_weights.Pointer);
        WinogradTransforms<TSimd, TVector, TAlgorithm>.Forward(
            arena, _input, scratch + _transformed, _walk.PlaneStride, _inputPosition, first, count);
        Multiply(scratch + _transformed, scratch + _products, count);
        WinogradTransforms<TSimd, TVector, TAlgorithm>.Back(
            scratch + _products, _walk.OutputStride, _outputPosition, _bias.Pointer, arena, _output, first, count, epilogue);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Multiply(float* source, float* destination, int count)
    {
        var weights = _weights.Pointer;
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

    private static int Ceiling(int value, int divisor) => (value + divisor - 1) / divisor;

    private static int RoundUp(int value, int unit) => Ceiling(value, unit) * unit;
}
