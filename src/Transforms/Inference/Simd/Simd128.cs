using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using Vector = System.Runtime.Intrinsics.Vector128<float>;

namespace AdaptiveInference.ML.Transforms.Inference.Simd;

/// <summary>4 floats at once.</summary>
internal readonly unsafe struct Simd128 : ISimd<Vector>
{
    public static int Lanes => 4;

    public static bool HasManyRegisters => AdvSimd.IsSupported;

    public static Vector Zero => Vector.Zero;

    public static Vector Load(float* source) => Vector128.Load(source);

    public static void Store(Vector value, float* destination) => value.Store(destination);

    public static Vector Fill(float value) => Vector128.Create(value);

    public static Vector Add(Vector left, Vector right) => left + right;

    public static Vector Subtract(Vector left, Vector right) => left - right;

    public static Vector Multiply(Vector left, Vector right) => left * right;

    public static Vector Divide(Vector left, Vector right) => left / right;

    public static Vector Min(Vector left, Vector right) => Vector128.MinNative(left, right);

    public static Vector Max(Vector left, Vector right) => Vector128.MaxNative(left, right);

    public static Vector PowerOfTwo(Vector power)
        => Vector128.ShiftLeft(Vector128.ConvertToInt32Native(power) + Vector128.Create(127), 23).AsSingle();

    public static Vector MultiplyAdd(Vector left, Vector right, Vector addend) => Vector128.MultiplyAddEstimate(left, right, addend);
}
