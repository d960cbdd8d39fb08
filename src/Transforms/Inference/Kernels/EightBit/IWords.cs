using System.Diagnostics.CodeAnalysis;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// Vector operations of <see cref="ByteWinograd{TIntegers,TWords,TVector}"/>: on integers of 16 bits, two for each sum of 32, and on sums.
/// All of them wrap around.
/// </summary>
/// <typeparam name="TVector">The vector, such as <c>Vector256&lt;int&gt;</c>.</typeparam>
internal unsafe interface IWords<TVector>
    where TVector : struct
{
    /// <summary>Whether there are 32 vector registers.</summary>
    static abstract bool HasManyRegisters { get; }

    /// <summary>Loads unsigned bytes as words.</summary>
    static abstract TVector Widen(byte* bytes);

    /// <summary>Stores words or sums.</summary>
    static abstract void Store(TVector vector, void* destination);

    /// <summary>Adds words.</summary>
    static abstract TVector AddWords(TVector left, TVector right);

    /// <summary>Subtracts words.</summary>
    static abstract TVector SubtractWords(TVector left, TVector right);

    /// <summary>Words times four.</summary>
    static abstract TVector FourWords(TVector words);

    /// <summary>sums + words · weights, two products for each sum.</summary>
    static abstract TVector MultiplyAdd(TVector sums, TVector words, TVector weights);

    /// <summary>Adds sums.</summary>
    static abstract TVector Add(TVector left, TVector right);

    /// <summary>Subtracts sums.</summary>
    static abstract TVector Subtract(TVector left, TVector right);

    /// <summary>Sums times a power of two.</summary>
    static abstract TVector Shift(TVector sums, [ConstantExpected] int bits);

    /// <summary>Sums times a number.</summary>
    static abstract TVector Multiply(TVector sums, int factor);
}
