namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>How a processor multiplies four unsigned bytes by four signed ones and adds the products to a sum, in every lane.</summary>
/// <remarks>
/// Weights are from −<see cref="EightBitWeights.Largest"/> to it, one bit less than there is room for: two products of a byte then fit into
/// 16 bits with their sign, in which all processors without an instruction of their own add them. So every processor has the same sums.
/// </remarks>
internal interface IDots<TVector>
    where TVector : struct
{
    /// <summary>
    /// What is subtracted from each byte before it is multiplied: 128 where there are products of signed bytes alone. Sums begin with what
    /// makes up for it.
    /// </summary>
    static abstract int Offset { get; }

    /// <summary>sums + bytes · weights.</summary>
    static abstract TVector Add(TVector sums, TVector bytes, TVector weights);
}
