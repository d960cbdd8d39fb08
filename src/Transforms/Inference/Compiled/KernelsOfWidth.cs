using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Direct;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Linear;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>All kernels at one vector width, behind calls that do not depend on it.</summary>
internal abstract unsafe class KernelsOfWidth
{
    /// <summary>The width.</summary>
    public abstract VectorWidth Width { get; }

    /// <summary>The kernels of a width.</summary>
    public static KernelsOfWidth Of(VectorWidth width) => width switch
    {
        VectorWidth.Bits512 => new KernelsOfWidth<Simd512, System.Runtime.Intrinsics.Vector512<float>>(),
        VectorWidth.Bits256 => new KernelsOfWidth<Simd256, System.Runtime.Intrinsics.Vector256<float>>(),
        _ => new KernelsOfWidth<Simd128, System.Runtime.Intrinsics.Vector128<float>>(),
    };

    /// <summary>Packs a convolution between two maps, and makes sure that the arena has all that it reads.</summary>
    /// <param name="layer">The convolution.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="output">What it writes.</param>
    /// <param name="algorithm">How: Winograd's only for a 3×3 kernel over a feature map, each for its stride.</param>
    /// <param name="arena">Where the maps lie and it finds scratch.</param>
    /// <exception cref="InvalidOperationException">The algorithm would read beyond the border of its input.</exception>
    public Convolution Convolution(
        FoldedConvolution layer, FeatureMap input, FeatureMap output, ConvolutionAlgorithm algorithm, ArenaLayout arena)
    {
        var convolution = Create(layer, input, output, algorithm, arena);
        arena.Reads(input, convolution.Reach);
        return convolution;
    }

    /// <summary>Packs a fully connected layer.</summary>
    public abstract PackedLinear Linear(FoldedLinear layer);

    /// <inheritdoc cref="Pooling{TSimd,TVector}.Sum"/>
    public abstract void Sum(float* arena, FeatureMap map);

    /// <inheritdoc cref="Pooling{TSimd,TVector}.Max"/>
    public abstract void MaxPool(float* arena, FeatureMap input, FeatureMap output, int window, int padding);

    /// <inheritdoc cref="Pooling{TSimd,TVector}.ReachOfMax"/>
    public abstract Reach ReachOfMaxPool(FeatureMap input, FeatureMap output, int window, int padding);

    /// <inheritdoc cref="Pooling{TSimd,TVector}.Grid"/>
    public abstract void GridPool(float* arena, FeatureMap map, float* average, float* maximum);

    /// <inheritdoc cref="Pooling{TSimd,TVector}.GridAverage"/>
    public abstract void GridAverage(float* arena, FeatureMap map, int side, float* average);

    /// <inheritdoc cref="LstmCell{TSimd,TVector}.Step"/>
    public abstract void LstmStep(float* gates, float* hidden, float* cell, int width);

    protected abstract Convolution Create(
        FoldedConvolution layer, FeatureMap input, FeatureMap output, ConvolutionAlgorithm algorithm, ArenaLayout arena);
}

/// <inheritdoc cref="KernelsOfWidth"/>
internal sealed unsafe class KernelsOfWidth<TSimd, TVector> : KernelsOfWidth
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public override VectorWidth Width => (VectorWidth)TSimd.Lanes;

    public override PackedLinear Linear(FoldedLinear layer) => new PackedLinear<TSimd, TVector>(layer);

    public override void Sum(float* arena, FeatureMap map) => Pooling<TSimd, TVector>.Sum(arena, map);

    public override void MaxPool(float* arena, FeatureMap input, FeatureMap output, int window, int padding)
        => Pooling<TSimd, TVector>.Max(arena, input, output, window, padding);

    public override Reach ReachOfMaxPool(FeatureMap input, FeatureMap output, int window, int padding)
        => Pooling<TSimd, TVector>.ReachOfMax(input, output, window, padding);

    public override void GridPool(float* arena, FeatureMap map, float* average, float* maximum)
        => Pooling<TSimd, TVector>.Grid(arena, map, average, maximum);

    public override void GridAverage(float* arena, FeatureMap map, int side, float* average)
        => Pooling<TSimd, TVector>.GridAverage(arena, map, side, average);

    public override void LstmStep(float* gates, float* hidden, float* cell, int width)
        => LstmCell<TSimd, TVector>.Step(gates, hidden, cell, width);

    protected override Convolution Create(
        FoldedConvolution layer, FeatureMap input, FeatureMap output, ConvolutionAlgorithm algorithm, ArenaLayout arena) => algorithm switch
        {
            ConvolutionAlgorithm.WinogradStride2 => WinogradKernelChoice<TSimd, TVector>.Stride2(layer, input, output, arena),
            ConvolutionAlgorithm.WinogradF5 => WinogradKernelChoice<TSimd, TVector>.F5(layer, input, output, arena),
            ConvolutionAlgorithm.WinogradF4 => WinogradKernelChoice<TSimd, TVector>.F4(layer, input, output, arena),
            ConvolutionAlgorithm.WinogradF2 => WinogradKernelChoice<TSimd, TVector>.F2(layer, input, output, arena),
            _ => DirectKernelChoice<TSimd, TVector>.Create(layer, input, output),
        };
}
