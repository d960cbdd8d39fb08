using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<float>;

namespace AdaptiveInference.ML.Transforms.Inference.Simd;

/// <summary>16 floats at once.</summary>
internal readonly unsafe struct Simd512 : ISimd<Vector>
{
    public static int Lanes => 16;

    public static bool HasManyRegisters => true;

    public static Vector Zero => Vector.Zero;

    public static Vector Load(float* source) => Vector512.Load(source);

    public static void Store(Vector value, float* destination) => value.Store(destination);

    public static Vector Fill(float value) => Vector512.Create(value);

    public static Vector Add(Vector left, Vector right) => left + right;

    public static Vector Subtract(Vector left, Vector right) => left - right;

    public static Vector Multiply(Vector left, Vector right) => left * right;

    public static Vector Divide(Vector left, Vector right) => left / right;

    public static Vector Min(Vector left, Vector right) => Vector512.MinNative(left, right);

    public static Vector Max(Vector left, Vector right) => Vector512.MaxNative(left, right);

    public static Vector PowerOfTwo(Vector power)
        => Vector512.ShiftLeft(Vector512.ConvertToInt32Native(power) + Vector512.Create(127), 23).AsSingle();

    public static Vector MultiplyAdd(Vector left, Vector right, Vector addend) => Vector512.MultiplyAddEstimate(left, right, addend);
}
