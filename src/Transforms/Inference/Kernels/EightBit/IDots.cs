namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>How a processor multiplies four unsigned bytes by four signed ones and adds the products to a sum, in every lane.</summary>
/// <remarks>
/// Weights are small enough (<see cref="EightBitWeights.MostTogether"/>) for products to be added in 16 bits, as all processors without an
/// instruction of their own do. So every processor has the same sums.
/// </remarks>
internal interface IDots<TVector>
    where TVector : struct
{
    /// <summary>
    /// What is subtracted from each byte before it is multiplied: 128 where there are products of signed bytes alone. Sums begin with what
    /// makes up for it.
    /// </summary>
    static abstract int Offset { get; }

    /// <summary>Bytes that a kernel reads at a time: rows are rounded up to so many, and weights beyond are zero.</summary>
    static abstract int Step { get; }

    /// <summary>sums + bytes · weights.</summary>
    static abstract TVector Add(TVector sums, TVector bytes, TVector weights);
}
