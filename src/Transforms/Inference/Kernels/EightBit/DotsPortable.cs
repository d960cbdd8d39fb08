using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using Sums = System.Runtime.Intrinsics.Vector128<int>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>Any processor: each of the four bytes of a lane by itself.</summary>
internal readonly struct DotsPortable : IDots<Sums>
{
    private const int Byte = 8;

    public static int Offset => 0;

    public static int Step => ByteMap.ChannelUnit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Add(Sums sums, Sums bytes, Sums weights)
        => sums + Products(bytes, weights, 0) + Products(bytes, weights, 1) + Products(bytes, weights, 2)
            + Products(bytes, weights, 3);

    // Shifted to the top of a lane and back, a weight keeps its sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sums Products(Sums bytes, Sums weights, int position)
        => Vector128.BitwiseAnd(bytes >> (position * Byte), Vector128.Create((int)byte.MaxValue))
            * Vector128.ShiftRightArithmetic(weights << ((sizeof(int) - 1 - position) * Byte), (sizeof(int) - 1) * Byte);
}
