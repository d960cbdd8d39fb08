using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using Sums = System.Runtime.Intrinsics.Vector256<int>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>AVX2: products in pairs of 16 bits, then pairs of those.</summary>
internal readonly struct DotsAvx2 : IDots<Sums>
{
    public static int Offset => 0;

    public static int Step => ByteMap.ChannelUnit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Add(Sums sums, Sums bytes, Sums weights)
        => sums + Avx2.MultiplyAddAdjacent(
            Avx2.MultiplyAddAdjacent(bytes.AsByte(), weights.AsSByte()), Vector256<short>.One);
}
