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
    // "Auth" of AuthenticAMD.
    private const int Maker = 0x68747541;

    /// <summary>Every kind that this machine can run, the portable one included: tests run them side by side.</summary>
    public static IEnumerable<EightBitKernels> Available
        => ((EightBitKernels?[])
        [
            Create<Integers128, DotsPortable, Vector128<int>>(DotInstructions.Portable, true),
            Create<Integers128, DotsSsse3, Vector128<int>>(DotInstructions.Ssse3, Ssse3.IsSupported),
            Create<Integers128, DotsArm, Vector128<int>>(DotInstructions.Arm, Dp.IsSupported),
            Create<Integers256, DotsAvx2, Vector256<int>>(DotInstructions.Avx2, Avx2.IsSupported),
            Create<Integers256, DotsVnni, Vector256<int>>(DotInstructions.Vnni, AvxVnni.IsSupported),
            Avx512BW.IsSupported ? new PairKernels() : null,
        ]).OfType<EightBitKernels>();

    // Kernels of 512 bits add nearly as often as they multiply. AMD's processors add beside the two units that multiply; Intel's add in
    // them, and AVX-VNNI, which adds by itself, is faster there.
    private static bool AddsBeside => X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx == Maker;

    /// <summary>What multiplies.</summary>
    public abstract DotInstructions Kind { get; }

    /// <summary>Sums per vector: feature maps must have at least as many floats in a vector.</summary>
    public abstract int Lanes { get; }

    /// <summary>The fastest kernels over feature maps of a vector width.</summary>
    public static EightBitKernels Of(VectorWidth width)
    {
        EightBitKernels? best = null;
        foreach (var kernels in Available)
        {
            var isSlower = kernels.Kind == DotInstructions.Avx512 && best is { Kind: DotInstructions.Vnni } && !AddsBeside;
            best = kernels.Lanes <= (int)width && !isSlower ? kernels : best;
        }

        return best!;
    }

    /// <summary>From a feature map of floats to one of bytes.</summary>
    public static Convolution Quantise(FeatureMap input, ByteMap output, ByteScale scale) => (VectorWidth)input.Lanes switch
    {
        // As wide as the map's vectors, which may be wider than what multiplies fastest; all round alike.
        VectorWidth.Bits512 => new ToBytes<Integers512, Vector512<int>>(input, output, scale),
        VectorWidth.Bits256 => new ToBytes<Integers256, Vector256<int>>(input, output, scale),
        _ => new ToBytes<Integers128, Vector128<int>>(input, output, scale),
    };

    /// <summary>
    /// From a feature map of floats to one of what their bytes would stand for, for convolutions in 8 bits that floats compute faster.
    /// </summary>
    public static Convolution Round(FeatureMap input, FeatureMap output, ByteScale scale) => (VectorWidth)input.Lanes switch
    {
        VectorWidth.Bits512 => new RoundedFloats<Integers512, Vector512<int>>(input, output, scale),
        VectorWidth.Bits256 => new RoundedFloats<Integers256, Vector256<int>>(input, output, scale),
        _ => new RoundedFloats<Integers128, Vector128<int>>(input, output, scale),
    };

    /// <summary>A convolution from bytes.</summary>
    public EightBitConvolution Convolution(FoldedConvolution layer, EightBitInput from, EightBitOutput output)
    {
        var convolution = Create(layer, from, output);
        ArenaLayout.ReadsBytes(from.Map, convolution.Reach);
        return convolution;
    }

    /// <summary>The same convolution, bit for bit, by Winograd's algorithm, where <see cref="HasWinograd"/>.</summary>
    public Convolution Winograd(FoldedConvolution layer, EightBitInput from, EightBitOutput output, ArenaLayout arena)
    {
        Convolution convolution = Lanes == Integers512.Lanes
            ? new ByteWinograd<Integers512, Words512, Vector512<int>>(layer, from, output, arena)
            : new ByteWinograd<Integers256, Words256, Vector256<int>>(layer, from, output, arena);
        ArenaLayout.ReadsBytes(from.Map, convolution.Reach);
        return convolution;
    }

    /// <summary>Whether there is a kernel for <see cref="Winograd"/>: over whole vectors of channels, and maps that have a tile.</summary>
    /// <param name="kernel">Side of the kernel.</param>
    /// <param name="stride">Stride.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="height">Of the output.</param>
    /// <param name="width">Of the output.</param>
    public bool HasWinograd(int kernel, int stride, int inputs, int outputs, int height, int width)
        => Lanes >= Integers256.Lanes && kernel == 3 && stride == 1 && inputs <= ByteWinogradWeights.MostInputs
            && inputs % (2 * Lanes) == 0 && outputs % (EightBitConvolution.Vectors * Lanes) == 0
            && height >= WinogradTile.F4 && width >= WinogradTile.F4;

    /// <summary>Tiles of which <see cref="Winograd"/> computes whole blocks.</summary>
    public int WinogradUnit(int tiles) => Lanes == Integers512.Lanes
        ? ByteWinogradProducts<Integers512, Words512, Vector512<int>>.Unit(tiles)
        : ByteWinogradProducts<Integers256, Words256, Vector256<int>>.Unit(tiles);

    /// <summary>A convolution whose reach is still to be compared with the border of its input.</summary>
    protected abstract EightBitConvolution Create(FoldedConvolution layer, EightBitInput from, EightBitOutput output);

    private static EightBitKernels<TIntegers, TDots, TVector>? Create<TIntegers, TDots, TVector>(DotInstructions kind, bool isSupported)
        where TIntegers : struct, IIntegers<TVector>
        where TDots : struct, IDots<TVector>
        where TVector : struct
        => isSupported ? new EightBitKernels<TIntegers, TDots, TVector>(kind) : null;
}

/// <inheritdoc cref="EightBitKernels"/>
internal sealed class EightBitKernels<TIntegers, TDots, TVector>(DotInstructions kind) : EightBitKernels
    where TIntegers : struct, IIntegers<TVector>
    where TDots : struct, IDots<TVector>
    where TVector : struct
{
    public override DotInstructions Kind => kind;

    public override int Lanes => TIntegers.Lanes;

    protected override EightBitConvolution Create(FoldedConvolution layer, EightBitInput from, EightBitOutput output)
        => new DotConvolution<TIntegers, TDots, TVector>(layer, from, output);
}

/// <summary>Kernels over vectors of 512 bits that add in 16 bits first.</summary>
internal sealed class PairKernels : EightBitKernels
{
    public override DotInstructions Kind => DotInstructions.Avx512;

    public override int Lanes => Integers512.Lanes;

    protected override EightBitConvolution Create(FoldedConvolution layer, EightBitInput from, EightBitOutput output)
        => new DotConvolutionAvx512(layer, from, output);
}
