namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// Vector operations on 32-bit sums, and their way from and to floats. No multiplication is fused with an addition, so that every width and
/// every processor rounds alike: what is stored as bytes is the same everywhere.
/// </summary>
/// <typeparam name="TVector">The vector, such as <c>Vector256&lt;int&gt;</c>.</typeparam>
internal unsafe interface IIntegers<TVector>
    where TVector : struct
{
    /// <summary>Sums per vector.</summary>
    static abstract int Lanes { get; }

    /// <summary>Loads sums, or four weights for each of them.</summary>
    static abstract TVector Load(void* source);

    /// <summary>The same four bytes for every lane.</summary>
    static abstract TVector Repeat(byte* four);

    /// <summary>Stores sum · scale + bias, rounded to the nearest of 0 to 255, as one byte for each lane.</summary>
    static abstract void StoreBytes(TVector sums, float* scale, float* bias, byte* destination);

    /// <summary>Stores sum · scale + bias + everywhere.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="scale">For each lane.</param>
    /// <param name="bias">For each lane.</param>
    /// <param name="everywhere">0, or NaN.</param>
    /// <param name="destination">One float for each lane.</param>
    /// <param name="epilogue">What happens before they are stored.</param>
    static abstract void StoreFloats(
        TVector sums, float* scale, float* bias, float everywhere, float* destination, Epilogue epilogue);

    /// <summary>Stores value · scale + zero, rounded to the nearest of 0 to 255, as one byte for each lane.</summary>
    /// <param name="source">One float for each lane.</param>
    /// <param name="scale">Bytes for a unit.</param>
    /// <param name="zero">The byte that means 0.</param>
    /// <param name="destination">One byte for each lane.</param>
    /// <param name="notFinite">Each lane stays what it was where its value is finite, and becomes NaN where it is not.</param>
    static abstract void Quantise(float* source, float scale, float zero, byte* destination, ref TVector notFinite);

    /// <summary>Stores what the byte of <see cref="Quantise"/> stands for, by the same rounding; NaN where a value is not finite.</summary>
    /// <param name="source">One float for each lane.</param>
    /// <param name="scale">Bytes for a unit.</param>
    /// <param name="zero">The byte that means 0.</param>
    /// <param name="step">What a byte's step stands for.</param>
    /// <param name="destination">One float for each lane; may be the source.</param>
    static abstract void RoundFloats(float* source, float scale, float zero, float step, float* destination);

    /// <summary>The sum over all lanes of what <see cref="Quantise"/> found: 0 or NaN.</summary>
    static abstract float Sum(TVector notFinite);
}

/// <summary>How floats are rounded to bytes.</summary>
internal static class ByteRounding
{
    /// <summary>
    /// Added to 0 to 255, this leaves the nearest integer (of two the even one) in the lowest byte of the float's bits.
    /// </summary>
    public const float Magic = 3 << 22;

    public const float Largest = byte.MaxValue;
}
