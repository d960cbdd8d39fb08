using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using Sums = System.Runtime.Intrinsics.Vector128<int>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>Two products of 16 bits for every sum, x64 at 128 bits.</summary>
internal readonly struct SixteenBitDots128 : IDots<Sums>
{
    public static int Offset => 0;

    public static int Step => ByteMap.ImageUnit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Add(Sums sums, Sums values, Sums weights)
        => sums + Sse2.MultiplyAddAdjacent(values.AsInt16(), weights.AsInt16());
}
