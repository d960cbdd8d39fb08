using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;

/// <summary>
/// A 3×3 convolution by <see cref="IWinograd{TVector}"/>: the input's tiles are transformed, each of the Side² positions is one matrix
/// product over channels, and the products are transformed back. Tiles go through in chunks whose products stay in the cache: the parts of
/// the convolution. Where there are fewer chunks than workers, as in the last stages of a network, parts are some output groups of a chunk.
/// </summary>
internal sealed unsafe class WinogradConvolution<TSimd, TVector, TAlgorithm> : Convolution
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TAlgorithm : struct, IWinograd<TVector>
{
    // What a chunk may occupy, inputs and products: little, so that it stays close to the core; more where reading the weights once more
    // for every chunk would cost more than that.
    private const long FewestBytes = 192 * 1024;
    private const long MostBytes = 1200 * 1024;
    private const int WeightsPerByte = 6;

    private readonly FeatureMap _input;
    private readonly FeatureMap _output;
    private readonly WinogradProducts _products;
    private readonly AlignedBuffer _bias;
    private readonly int _columns;
    private readonly int _tiles;
    private readonly int _chunk;
    private readonly int _chunks;
    private readonly int _ranges;
    private readonly int _range;
    private readonly ChunkLayout _layout;
    private readonly long _scratch;

    public WinogradConvolution(
        FoldedConvolution layer, FeatureMap input, FeatureMap output, WinogradProducts products, ArenaLayout arena)
    {
        WeightPacking.RequireWhole(output.Groups, products.GroupsTogether, "output groups");
        (_input, _output, _products) = (input, output, products);
        _bias = WeightPacking.Bias(layer, output);
        _columns = Multiples.Count(output.Width, TAlgorithm.Outputs);
        var rows = Multiples.Count(output.Height, TAlgorithm.Outputs);
        _tiles = _columns * rows;

        // All that a tile reads counts for all that it writes, at least in how it rounds.
        Reach = Reach.OfWindows(input, TAlgorithm.Side, TAlgorithm.Outputs * TAlgorithm.Stride, padding: 1, rows, _columns);

        // Products take the place that inputs leave, so a row of positions more than the larger of the two is enough for both.
        var positions = TAlgorithm.Side * (TAlgorithm.Side + 1);
        var groups = Math.Max(input.Groups, output.Groups);
        long bytesPerTile = positions * groups * TSimd.Lanes * sizeof(float);
        var bytes = Math.Clamp(products.Weights.Length * sizeof(float) / WeightsPerByte, FewestBytes, MostBytes);
        var tiles = (int)Math.Min(Math.Max(bytes / bytesPerTile, products.Unit), Multiples.Count(_tiles, arena.Workers));
        _chunk = Multiples.RoundUp(Multiples.Even(_tiles, Multiples.RoundUp(tiles, products.Unit)), products.Unit);

        // Every range transforms the inputs for itself, which takes little of the time where a chunk meets many weights.
        _chunks = Multiples.Count(_tiles, _chunk);
        _range = Multiples.RoundUp(Multiples.Count(output.Groups, Multiples.Count(arena.Workers, _chunks)), products.GroupsTogether);
        _ranges = Multiples.Count(output.Groups, _range);

        // One vector more than needed: a power of two between positions would put all of them into the same few cache sets.
        _layout = new ChunkLayout(_chunk * TSimd.Lanes, ((groups * _chunk) + 1) * TSimd.Lanes);
        _scratch = arena.Scratch((positions * _layout.Position) - TSimd.Lanes);
    }

    /// <inheritdoc />
    public override int Parts => _chunks * _ranges;

    /// <inheritdoc />
    public override Reach Reach { get; }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, Epilogue epilogue)
    {
        for (var chunk = 0; chunk < _chunks; chunk++)
        {
            Chunk(arena, arena, chunk, new GroupRange(0, _output.Groups), epilogue);
        }
    }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, float* scratch, int part, Epilogue epilogue)
    {
        var (chunk, range) = Math.DivRem(part, _ranges);
        Chunk(arena, scratch, chunk, GroupRange.Of(range, _range, _output.Groups), epilogue);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Chunk(float* arena, float* scratch, int chunk, GroupRange outputs, Epilogue epilogue)
    {
        var first = chunk * _chunk;
        var count = Math.Min(_chunk, _tiles - first);
        var products = scratch + _scratch;
        var inputs = products + (TAlgorithm.Side * _layout.Position);
        TileSteps<TSimd, TVector>.PrefetchFirst(_products.Weights.Pointer);
        WinogradMapTransform<TSimd, TVector, TAlgorithm>.Forward(
            arena, _input, _columns, inputs, _layout.Group, _layout.Position, first, count);
        _products.Run(inputs, products, count, _layout, outputs);
        WinogradMapTransform<TSimd, TVector, TAlgorithm>.Back(
            products, _layout.Group, _layout.Position, _bias.Pointer, arena, _output, _columns, first, count, outputs, epilogue);
    }
}
