using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Direct;

/// <summary>Direct convolutions with the tile that fits their output and the registers of the machine.</summary>
internal static class DirectKernelChoice<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public static Convolution Create(FoldedConvolution layer, FeatureMap input, FeatureMap output)
    {
        if (layer is { Kernel: 3, Stride: 1 } && input.Lanes > 1 && output is { Height: 3, Width: 3 })
        {
            return new WholeMapConvolution<TSimd, TVector, WholeMapTileSide3Inner<TSimd, TVector>>(layer, input, output);
        }

        if (!TSimd.HasManyRegisters && output.Groups % ImplicitGemmConvolution<TSimd, TVector, OneInput>.Groups == 0)
        {
            return (input.Lanes == 1, layer.Kernel) switch
            {
                (false, _) => new ImplicitGemmConvolution<TSimd, TVector, FourInputs>(layer, input, output),
                (true, 3) => new ImplicitGemmConvolution<TSimd, TVector, ThreeInputs>(layer, input, output),
                (true, 7) => new ImplicitGemmConvolution<TSimd, TVector, SevenInputs>(layer, input, output),
                (true, _) => new ImplicitGemmConvolution<TSimd, TVector, OneInput>(layer, input, output),
            };
        }

        return (input.Lanes == 1, layer.Stride) switch
        {
            (false, 1) => Create<NextPixel>(layer, input, output),
            (false, _) => Create<SecondPixel>(layer, input, output),
            (true, 1) => Create<NextValue>(layer, input, output),
            (true, _) => Create<SecondValue>(layer, input, output),
        };
    }

    private static Convolution Create<TStep>(FoldedConvolution layer, FeatureMap input, FeatureMap output)
        where TStep : struct, IStep
    {
        if (output.Groups % 2 != 0)
        {
            return TSimd.HasManyRegisters && output.Width > 8
                ? new DirectConvolution<TSimd, TVector, Tile16x1<TSimd, TVector, TStep>>(layer, input, output)
                : new DirectConvolution<TSimd, TVector, Tile8x1<TSimd, TVector, TStep>>(layer, input, output);
        }

        switch (output)
        {
            case { Height: 3, Width: 3 }:
                return new WholeMapConvolution<TSimd, TVector, WholeMapTileSide3<TSimd, TVector, TStep>>(layer, input, output);
            case { Height: 2, Width: 2 } when output.Groups % 4 == 0:
                return new WholeMapConvolution<TSimd, TVector, WholeMapTileSide2<TSimd, TVector, TStep>>(layer, input, output);
        }

        if (output.Groups % 4 == 0 && output.Width <= 4)
        {
            return new DirectConvolution<TSimd, TVector, Tile4x4<TSimd, TVector, TStep>>(layer, input, output);
        }

        if (output.Width % 14 == 0)
        {
            return new DirectConvolution<TSimd, TVector, Tile14x2<TSimd, TVector, TStep>>(layer, input, output);
        }

        return output.Width % 7 == 0
            ? new DirectConvolution<TSimd, TVector, Tile7x2<TSimd, TVector, TStep>>(layer, input, output)
            : new DirectConvolution<TSimd, TVector, Tile8x2<TSimd, TVector, TStep>>(layer, input, output);
    }
}
