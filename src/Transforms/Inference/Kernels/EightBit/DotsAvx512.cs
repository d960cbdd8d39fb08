using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Sums = System.Runtime.Intrinsics.Vector512<int>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>AVX-512: products in pairs of 16 bits, then pairs of those. Where there is no AVX-VNNI.</summary>
internal readonly struct DotsAvx512 : IDots<Sums>
{
    public static int Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Add(Sums sums, Sums bytes, Sums weights)
        => sums + Avx512BW.MultiplyAddAdjacent(
            Avx512BW.MultiplyAddAdjacent(bytes.AsByte(), weights.AsSByte()), Vector512<short>.One);
}
