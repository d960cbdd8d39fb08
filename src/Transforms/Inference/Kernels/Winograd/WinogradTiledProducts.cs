using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;

/// <summary>Products by <see cref="ITile"/>: sums stay in registers while all inputs are added up.</summary>
internal sealed unsafe class WinogradTiledProducts<TSimd, TVector, TTile> : WinogradProducts
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TTile : struct, ITile
{
    private readonly int _positions;
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly AlignedBuffer _zeros;

    public WinogradTiledProducts(FoldedConvolution layer, FeatureMap input, FeatureMap output, double[][] filter)
        : base(WeightPacking.Winograd(layer, input, output, TTile.Groups, filter, filter))
    {
        _positions = filter.Length * filter.Length;
        (_inputs, _outputs) = (input.Groups, output.Groups);
        _zeros = new AlignedBuffer(TTile.Groups * TSimd.Lanes);
    }

    /// <inheritdoc />
    public override int Unit => TTile.Pixels;

    /// <inheritdoc />
    public override int GroupsTogether => TTile.Groups;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* inputs, float* products, int count, ChunkLayout chunk, GroupRange outputs)
    {
        int lanes = TSimd.Lanes, perGroup = _inputs * lanes * lanes;
        var walk = new TileWalk(_inputs, chunk.Group, 1, 0, lanes, perGroup, chunk.Group);
        float* weights = Weights.Pointer + (outputs.First * perGroup), zeros = _zeros.Pointer;
        var others = (_outputs - outputs.End + outputs.First) * perGroup;
        for (var position = _positions; position > 0; position--, inputs += chunk.Position, products += chunk.Position, weights += others)
        {
            for (var group = outputs.First; group < outputs.End; group += TTile.Groups, weights += TTile.Groups * perGroup)
            {
                var destination = products + (group * chunk.Group);
                for (var tile = 0; tile < count; tile += TTile.Pixels)
                {
                    var skip = tile * lanes;
                    TTile.Run(inputs + skip, in walk, weights, zeros, destination + skip, TTile.Pixels, Epilogue.None);
                }
            }
        }
    }
}
