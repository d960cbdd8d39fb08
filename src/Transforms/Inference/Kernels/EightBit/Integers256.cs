using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Floats = System.Runtime.Intrinsics.Vector256<float>;
using Sums = System.Runtime.Intrinsics.Vector256<int>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>8 sums at once.</summary>
internal readonly unsafe struct Integers256 : IIntegers<Sums>
{
    public static int Lanes => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Load(void* source) => Vector256.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Repeat(byte* four) => Vector256.Create(*(int*)four);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Sums sums, float* scale, float* bias, byte* destination)
        => Store(Round((Vector256.ConvertToSingle(sums) * Vector256.Load(scale)) + Vector256.Load(bias)), destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(Sums sums, float* scale, float* bias, float everywhere, float* destination, Epilogue epilogue)
    {
        var value = (Vector256.ConvertToSingle(sums) * Vector256.Load(scale)) + (Vector256.Load(bias) + Vector256.Create(everywhere));
        if ((epilogue & Epilogue.Add) != 0)
        {
            value += Vector256.Load(destination);
        }

        if ((epilogue & Epilogue.Relu) != 0)
        {
            // In this order a NaN stays one.
            value = Vector256.MaxNative(Floats.Zero, value);
        }

        value.Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Quantise(float* source, float scale, float zero, byte* destination, ref Sums notFinite)
    {
        var value = Vector256.Load(source);
        notFinite = (notFinite.AsSingle() + (value * Floats.Zero)).AsInt32();
        Store(Round((value * Vector256.Create(scale)) + Vector256.Create(zero)), destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RoundFloats(float* source, float scale, float zero, float step, float* destination)
    {
        var value = Vector256.Load(source);
        var inRange = Clamp((value * Vector256.Create(scale)) + Vector256.Create(zero));
        var whole = inRange + Vector256.Create(ByteRounding.Magic) - Vector256.Create(ByteRounding.Magic);

        // What is not finite becomes NaN.
        (((whole - Vector256.Create(zero)) * Vector256.Create(step)) + (value * Floats.Zero)).Store(destination);
    }

    public static float Sum(Sums notFinite) => Vector256.Sum(notFinite.AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sums Round(Floats value) => (Clamp(value) + Vector256.Create(ByteRounding.Magic)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats Clamp(Floats value)
        => Vector256.MinNative(Vector256.MaxNative(value, Floats.Zero), Vector256.Create(ByteRounding.Largest));

    // The lowest byte of each lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Sums rounded, byte* destination)
    {
        if (Avx512F.VL.IsSupported)
        {
            *(long*)destination = Avx512F.VL.ConvertToVector128Byte(rounded).AsInt64().ToScalar();
            return;
        }

        var bytes = rounded & Vector256.Create((int)byte.MaxValue);
        var shorts = Vector128.Narrow(bytes.GetLower(), bytes.GetUpper());
        *(long*)destination = Vector128.Narrow(shorts, shorts).AsInt64().ToScalar();
    }
}
