using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Floats = System.Runtime.Intrinsics.Vector128<float>;
using Sums = System.Runtime.Intrinsics.Vector128<int>;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>4 sums at once.</summary>
internal readonly unsafe struct Integers128 : IIntegers<Sums>
{
    public static int Lanes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Load(void* source) => Vector128.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums Repeat(byte* four) => Vector128.Create(*(int*)four);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Sums sums, float* scale, float* bias, byte* destination)
        => Store(Round((Vector128.ConvertToSingle(sums) * Vector128.Load(scale)) + Vector128.Load(bias)), destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(Sums sums, float* scale, float* bias, float everywhere, float* destination, Epilogue epilogue)
    {
        var value = (Vector128.ConvertToSingle(sums) * Vector128.Load(scale)) + (Vector128.Load(bias) + Vector128.Create(everywhere));
        if ((epilogue & Epilogue.Add) != 0)
        {
            value += Vector128.Load(destination);
        }

        if ((epilogue & Epilogue.Relu) != 0)
        {
            // In this order a NaN stays one.
            value = Vector128.MaxNative(Floats.Zero, value);
        }

        value.Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Quantise(float* source, float scale, float zero, byte* destination, ref Sums notFinite)
    {
        var value = Vector128.Load(source);
        notFinite = (notFinite.AsSingle() + (value * Floats.Zero)).AsInt32();
        Store(Round((value * Vector128.Create(scale)) + Vector128.Create(zero)), destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RoundFloats(float* source, float scale, float zero, float step, float* destination)
    {
        var value = Vector128.Load(source);
        var inRange = Clamp((value * Vector128.Create(scale)) + Vector128.Create(zero));
        var whole = inRange + Vector128.Create(ByteRounding.Magic) - Vector128.Create(ByteRounding.Magic);

        // What is not finite becomes NaN.
        (((whole - Vector128.Create(zero)) * Vector128.Create(step)) + (value * Floats.Zero)).Store(destination);
    }

    public static float Sum(Sums notFinite) => Vector128.Sum(notFinite.AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sums Round(Floats value) => (Clamp(value) + Vector128.Create(ByteRounding.Magic)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats Clamp(Floats value)
        => Vector128.MinNative(Vector128.MaxNative(value, Floats.Zero), Vector128.Create(ByteRounding.Largest));

    // The lowest byte of each lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Sums rounded, byte* destination)
    {
        var bytes = rounded & Vector128.Create((int)byte.MaxValue);
        var shorts = Vector128.Narrow(bytes, bytes);
        *(int*)destination = Vector128.Narrow(shorts, shorts).AsInt32().ToScalar();
    }
}
