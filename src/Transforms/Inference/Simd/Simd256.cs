using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector256<float>;

namespace AdaptiveInference.ML.Transforms.Inference.Simd;

/// <summary>8 floats at once.</summary>
internal readonly unsafe struct Simd256 : ISimd<Vector>
{
    public static int Lanes => 8;

    public static bool HasManyRegisters => false;

    public static Vector Zero => Vector.Zero;

    public static Vector Load(float* source) => Vector256.Load(source);

    public static void Store(Vector value, float* destination) => value.Store(destination);

    public static Vector Fill(float value) => Vector256.Create(value);

    public static Vector Add(Vector left, Vector right) => left + right;

    public static Vector Subtract(Vector left, Vector right) => left - right;

    public static Vector Multiply(Vector left, Vector right) => left * right;

    public static Vector Divide(Vector left, Vector right) => left / right;

    public static Vector Min(Vector left, Vector right) => Vector256.MinNative(left, right);

    public static Vector Max(Vector left, Vector right) => Vector256.MaxNative(left, right);

    public static Vector PowerOfTwo(Vector power)
        => Vector256.ShiftLeft(Vector256.ConvertToInt32Native(power) + Vector256.Create(127), 23).AsSingle();

    public static Vector MultiplyAdd(Vector left, Vector right, Vector addend) => Vector256.MultiplyAddEstimate(left, right, addend);
}
