using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using Sums = System.Runtime.Intrinsics.Vector256<int>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>Two products of 16 bits for every sum, x64 at 256 bits.</summary>
internal readonly struct SixteenBitDots256 : IDots<Sums>
{
    public static int Offset => 0;

    public static int Step => ByteMap.ImageUnit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Add(Sums sums, Sums values, Sums weights)
        => AvxVnni.IsSupported
            ? AvxVnni.MultiplyWideningAndAdd(sums, values.AsInt16(), weights.AsInt16())
            : sums + Avx2.MultiplyAddAdjacent(values.AsInt16(), weights.AsInt16());
}
