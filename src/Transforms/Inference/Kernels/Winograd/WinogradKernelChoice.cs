using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;

/// <summary>Winograd convolutions with the products that fit their number of tiles and groups and the registers of the machine.</summary>
internal static class WinogradKernelChoice<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static Convolution F2(FoldedConvolution layer, FeatureMap input, FeatureMap output, ArenaLayout arena)
        => Create<WinogradF2<TSimd, TVector>>(layer, input, output, Products<WinogradF2<TSimd, TVector>>(layer, input, output), arena);

    public static Convolution F4(FoldedConvolution layer, FeatureMap input, FeatureMap output, ArenaLayout arena)
    {
        var byRows = TSimd.HasManyRegisters
            && output.Groups % 2 == 0
            && Tiles<WinogradF4<TSimd, TVector>>(output) <= WinogradTile.MostForRows;
        WinogradProducts products = byRows
            ? new WinogradRowProducts<TSimd, TVector>(layer, input, output)
            : Products<WinogradF4<TSimd, TVector>>(layer, input, output);
        return Create<WinogradF4<TSimd, TVector>>(layer, input, output, products, arena);
    }

    public static Convolution F5(FoldedConvolution layer, FeatureMap input, FeatureMap output, ArenaLayout arena)
        => Create<WinogradF5<TSimd, TVector>>(layer, input, output, Products<WinogradF5<TSimd, TVector>>(layer, input, output), arena);

    public static Convolution Stride2(FoldedConvolution layer, FeatureMap input, FeatureMap output, ArenaLayout arena)
        => Create<WinogradStride2<TSimd,
        TVector>>(layer, input, output, Products<WinogradStride2<TSimd, TVector>>(layer, input, output), arena);

    private static Convolution Create<TAlgorithm>(
        FoldedConvolution layer, FeatureMap input, FeatureMap output, WinogradProducts products, ArenaLayout arena)
        where TAlgorithm : struct, IWinograd<TVector>
        => new WinogradConvolution<TSimd, TVector, TAlgorithm>(layer, input, output, products, arena);

    private static WinogradProducts Products<TAlgorithm>(FoldedConvolution layer, FeatureMap input, FeatureMap output)
        where TAlgorithm : struct, IWinograd<TVector>
    {
        if (input.Groups == 1 && output.Groups == 1)
        {
            return new WinogradResidentProducts<TSimd, TVector>(layer, input, output, TAlgorithm.Filter);
        }

        if (output.Groups % 2 != 0)
        {
            return TSimd.HasManyRegisters && Tiles<TAlgorithm>(output) > 8
                ? Tiled<Tile16x1<TSimd, TVector, NextPixel>>()
                : Tiled<Tile8x1<TSimd, TVector, NextPixel>>();
        }

        if (!TSimd.HasManyRegisters)
        {
            return new WinogradNarrowProducts<TSimd, TVector>(layer, input, output, TAlgorithm.Filter);
        }

        if (Tiles<TAlgorithm>(output) == Tile9x2<TSimd, TVector, NextPixel>.Pixels)
        {
            return Tiled<Tile9x2<TSimd, TVector, NextPixel>>();
        }

        if (output.Groups % 4 == 0 && Tiles<TAlgorithm>(output) <= 4)
        {
            return Tiled<Tile4x4<TSimd, TVector, NextPixel>>();
        }

        // 49 tiles, as images of 28×28 and 224×224 make them, would leave an eighth of eights unused.
        return Tiles<TAlgorithm>(output) == 49
            ? Tiled<Tile7x2<TSimd, TVector, NextPixel>>()
            : Tiled<Tile8x2<TSimd, TVector, NextPixel>>();

        WinogradProducts Tiled<TTile>()
            where TTile : struct, ITile
            => new WinogradTiledProducts<TSimd, TVector, TTile>(layer, input, output, TAlgorithm.Filter);
    }

    private static int Tiles<TAlgorithm>(FeatureMap output)
        where TAlgorithm : struct, IWinograd<TVector>
    {
        var side = TAlgorithm.Outputs;
        return Multiples.Count(output.Height, side) * Multiples.Count(output.Width, side);
    }
}
