using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>Winograd convolutions with the tile that fits their number of tiles and groups and the registers of the machine.</summary>
internal static class WinogradConvolutions<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static Convolution F2(FoldedConvolution layer, FeatureMap input, FeatureMap output, ArenaLayout arena)
        => Create<WinogradF2<TSimd, TVector>>(layer, input, output, arena);

    public static Convolution F4(FoldedConvolution layer, FeatureMap input, FeatureMap output, ArenaLayout arena)
        => Create<WinogradF4<TSimd, TVector>>(layer, input, output, arena);

    private static Convolution Create<TAlgorithm>(FoldedConvolution layer, FeatureMap input, FeatureMap output, ArenaLayout arena)
        where TAlgorithm : struct, IWinograd<TVector>
    {
        var side = TAlgorithm.Outputs;
        var tiles = ((output.Height + side - 1) / side) * ((output.Width + side - 1) / side);
        if (output.Groups % 2 != 0)
        {
            return TSimd.HasManyRegisters && tiles > 8
                ? With<Tile16x1<TSimd, TVector, NextPixel>>()
                : With<Tile8x1<TSimd, TVector, NextPixel>>();
        }

        if (!TSimd.HasManyRegisters)
        {
            return With<Tile4x2<TSimd, TVector, NextPixel>>();
        }

        return output.Groups % 4 == 0 && tiles <= 4
            ? With<Tile4x4<TSimd, TVector, NextPixel>>()
            : With<Tile8x2<TSimd, TVector, NextPixel>>();

        Convolution With<TTile>()
            where TTile : struct, ITile
            => new WinogradConvolution<TSimd, TVector, TAlgorithm, TTile>(layer, input, output, arena);
    }
}
