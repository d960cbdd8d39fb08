using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Vector = System.Runtime.Intrinsics.Vector512<int>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>32 words or 16 sums at once, x64.</summary>
internal readonly unsafe struct Words512 : IWords<Vector>
{
    public static bool HasManyRegisters => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Widen(byte* bytes) => Avx512BW.ConvertToVector512Int16(Vector256.Load(bytes)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector vector, void* destination) => vector.Store((int*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector AddWords(Vector left, Vector right) => (left.AsInt16() + right.AsInt16()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector SubtractWords(Vector left, Vector right) => (left.AsInt16() - right.AsInt16()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector FourWords(Vector words) => (words.AsInt16() << 2).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector MultiplyAdd(Vector sums, Vector words, Vector weights) => SixteenBitDots512.Add(sums, words, weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Add(Vector left, Vector right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Subtract(Vector left, Vector right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Shift(Vector sums, [ConstantExpected] int bits) => sums << bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector Multiply(Vector sums, int factor) => sums * Vector512.Create(factor);
}
