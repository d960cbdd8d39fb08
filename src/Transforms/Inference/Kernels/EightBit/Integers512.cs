using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Floats = System.Runtime.Intrinsics.Vector512<float>;
using Sums = System.Runtime.Intrinsics.Vector512<int>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>16 sums at once.</summary>
internal readonly unsafe struct Integers512 : IIntegers<Sums>
{
    public static int Lanes => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Load(void* source) => Vector512.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Repeat(byte* four) => Vector512.Create(*(int*)four);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Sums sums, float* scale, float* bias, byte* destination)
        => Store(Round((Vector512.ConvertToSingle(sums) * Vector512.Load(scale)) + Vector512.Load(bias)), destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(Sums sums, float* scale, float* bias, float everywhere, float* destination, Epilogue epilogue)
    {
        var value = (Vector512.ConvertToSingle(sums) * Vector512.Load(scale)) + (Vector512.Load(bias) + Vector512.Create(everywhere));
        if ((epilogue & Epilogue.Add) != 0)
        {
            value += Vector512.Load(destination);
        }

        if ((epilogue & Epilogue.Relu) != 0)
        {
            // In this order a NaN stays one.
            value = Vector512.MaxNative(Floats.Zero, value);
        }

        value.Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Quantise(float* source, float scale, float zero, byte* destination, ref Sums notFinite)
    {
        var value = Vector512.Load(source);
        notFinite = (notFinite.AsSingle() + (value * Floats.Zero)).AsInt32();
        Store(Round((value * Vector512.Create(scale)) + Vector512.Create(zero)), destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RoundFloats(float* source, float scale, float zero, float step, float* destination)
    {
        var value = Vector512.Load(source);
        var inRange = Clamp((value * Vector512.Create(scale)) + Vector512.Create(zero));
        var whole = inRange + Vector512.Create(ByteRounding.Magic) - Vector512.Create(ByteRounding.Magic);

        // What is not finite becomes NaN.
        (((whole - Vector512.Create(zero)) * Vector512.Create(step)) + (value * Floats.Zero)).Store(destination);
    }

    public static float Sum(Sums notFinite) => Vector512.Sum(notFinite.AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sums Round(Floats value) => (Clamp(value) + Vector512.Create(ByteRounding.Magic)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats Clamp(Floats value)
        => Vector512.MinNative(Vector512.MaxNative(value, Floats.Zero), Vector512.Create(ByteRounding.Largest));

    // The lowest byte of each lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Sums rounded, byte* destination) => Avx512F.ConvertToVector128Byte(rounded).Store(destination);
}
