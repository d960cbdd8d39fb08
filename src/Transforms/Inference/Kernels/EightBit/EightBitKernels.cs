using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>Kernels in 8 bits for one kind of processor, behind calls that do not depend on it.</summary>
internal abstract class EightBitKernels
{
    /// <summary>Every kind that this machine can run, the portable one included: tests run them side by side.</summary>
    public static IEnumerable<EightBitKernels> Available
        => ((EightBitKernels?[])
        [
            Create<Integers128, DotsPortable, Vector128<int>>(DotProducts.Portable, true),
            Create<Integers128, DotsSsse3, Vector128<int>>(DotProducts.Ssse3, Ssse3.IsSupported),
            Create<Integers128, DotsArm, Vector128<int>>(DotProducts.Arm, Dp.IsSupported),
            Create<Integers256, DotsAvx2, Vector256<int>>(DotProducts.Avx2, Avx2.IsSupported),
            Create<Integers512, DotsAvx512, Vector512<int>>(DotProducts.Avx512, Avx512BW.IsSupported),
            Create<Integers256, DotsVnni, Vector256<int>>(DotProducts.Vnni, AvxVnni.IsSupported),
        ]).OfType<EightBitKernels>();

    /// <summary>What multiplies.</summary>
    public abstract DotProducts Kind { get; }

    /// <summary>Sums per vector: feature maps must have at least as many floats in a vector.</summary>
    public abstract int Lanes { get; }

    /// <summary>The fastest kernels over feature maps of a vector width.</summary>
    public static EightBitKernels Of(VectorWidth width)
    {
        EightBitKernels? best = null;
        foreach (var kernels in Available)
        {
            best = kernels.Lanes <= (int)width ? kernels : best;
        }

        return best!;
    }

    /// <summary>From a feature map of floats to one of bytes.</summary>
    public abstract Convolution Quantise(FeatureMap input, ByteMap output, ByteScale scale);

    /// <summary>A convolution from bytes to bytes, negative sums cut off.</summary>
    public abstract Convolution Convolution(FoldedConvolution layer, ByteMap input, ByteScale from, ByteMap output, ByteScale to);

    /// <summary>A convolution from bytes to floats.</summary>
    public abstract Convolution Convolution(FoldedConvolution layer, ByteMap input, ByteScale from, FeatureMap output);

    private static EightBitKernels<TIntegers, TDots, TVector>? Create<TIntegers, TDots, TVector>(DotProducts kind, bool isSupported)
        where TIntegers : struct, IIntegers<TVector>
        where TDots : struct, IDots<TVector>
        where TVector : struct
        => isSupported ? new EightBitKernels<TIntegers, TDots, TVector>(kind) : null;
}

/// <inheritdoc cref="EightBitKernels"/>
internal sealed class EightBitKernels<TIntegers, TDots, TVector>(DotProducts kind) : EightBitKernels
    where TIntegers : struct, IIntegers<TVector>
    where TDots : struct, IDots<TVector>
    where TVector : struct
{
    public override DotProducts Kind => kind;

    public override int Lanes => TIntegers.Lanes;

    public override Convolution Quantise(FeatureMap input, ByteMap output, ByteScale scale) => (VectorWidth)input.Lanes switch
    {
        // As wide as the map's vectors, which may be wider than what multiplies fastest; all round alike.
        VectorWidth.Bits512 => new ToBytes<Integers512, Vector512<int>>(input, output, scale),
        VectorWidth.Bits256 => new ToBytes<Integers256, Vector256<int>>(input, output, scale),
        _ => new ToBytes<Integers128, Vector128<int>>(input, output, scale),
    };

    public override Convolution Convolution(FoldedConvolution layer, ByteMap input, ByteScale from, ByteMap output, ByteScale to)
    {
        var convolution = new EightBitConvolution<TIntegers, TDots, TVector>(layer, input, from, output, to);
        ArenaLayout.ReadsBytes(input, convolution.Reach);
        return convolution;
    }

    public override Convolution Convolution(FoldedConvolution layer, ByteMap input, ByteScale from, FeatureMap output)
    {
        var convolution = new EightBitConvolution<TIntegers, TDots, TVector>(layer, input, from, output);
        ArenaLayout.ReadsBytes(input, convolution.Reach);
        return convolution;
    }
}
