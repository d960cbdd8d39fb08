using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using Sums = System.Runtime.Intrinsics.Vector128<int>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>Arm's dot product, of signed bytes by signed ones: a flipped highest bit is a byte less 128.</summary>
internal readonly struct DotsArm : IDots<Sums>
{
    private const int HighestBits = unchecked((int)0x80808080);

    public static int Offset => 128;

    public static int Step => ByteMap.ChannelUnit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Add(Sums sums, Sums bytes, Sums weights)
        => Dp.DotProduct(sums, (bytes ^ Vector128.Create(HighestBits)).AsSByte(), weights.AsSByte());
}
