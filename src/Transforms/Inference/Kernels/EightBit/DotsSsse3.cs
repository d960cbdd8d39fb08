using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using Sums = System.Runtime.Intrinsics.Vector128<int>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>x64 without AVX2: products in pairs of 16 bits, then pairs of those.</summary>
internal readonly struct DotsSsse3 : IDots<Sums>
{
    public static int Offset => 0;

    public static int Step => ByteMap.ChannelUnit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Add(Sums sums, Sums bytes, Sums weights)
        => sums + Sse2.MultiplyAddAdjacent(
            Ssse3.MultiplyAddAdjacent(bytes.AsByte(), weights.AsSByte()), Vector128<short>.One);
}
