using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using Sums = System.Runtime.Intrinsics.Vector256<int>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>AVX-VNNI: one instruction. Alder Lake, Sapphire Rapids, Zen 5 and later.</summary>
internal readonly struct DotsVnni : IDots<Sums>
{
    public static int Offset => 0;

    public static int Step => ByteMap.ChannelUnit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Add(Sums sums, Sums bytes, Sums weights)
        => AvxVnni.MultiplyWideningAndAdd(sums, bytes.AsByte(), weights.AsSByte());
}
