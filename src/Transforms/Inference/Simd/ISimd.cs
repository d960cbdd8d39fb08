namespace AdaptiveInference.ML.Transforms.Inference.Simd;

/// <summary>
/// The handful of vector operations that kernels are written in. Kernels are generic over it, so one source serves every vector width:
/// type arguments are structs, and the JIT compiles one specialised body per width with all of these calls inlined.
/// </summary>
/// <typeparam name="TVector">The vector, such as <c>Vector512&lt;float&gt;</c>.</typeparam>
internal unsafe interface ISimd<TVector>
    where TVector : struct
{
    /// <summary>Floats per vector, and channels per group of a feature map.</summary>
    static abstract int Lanes { get; }

    /// <summary>Whether there are 32 vector registers, so that tiles of up to 28 accumulators do not spill, or only 16.</summary>
    static abstract bool HasManyRegisters { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* destination);

    /// <summary>One value in every lane.</summary>
    static abstract TVector Fill(float value);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Subtract(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    static abstract TVector Divide(TVector left, TVector right);

    static abstract TVector Min(TVector left, TVector right);

    static abstract TVector Max(TVector left, TVector right);

    /// <summary>2 to the power of each integer from −126 to 127.</summary>
    static abstract TVector PowerOfTwo(TVector power);

    /// <summary>left · right + addend, fused where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);
}
