namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>Where the results of some outputs go, and what becomes of their sums on the way.</summary>
internal unsafe struct OutputPlace
{
    /// <summary>What sums begin with, by output.</summary>
    public int* Start;

    /// <summary>By output.</summary>
    public float* Scale;

    /// <summary>By output.</summary>
    public float* Bias;

    /// <summary>From where pixels' places count where results are bytes.</summary>
    public byte* Bytes;

    /// <summary>The same for floats; null where results are bytes.</summary>
    public float* Floats;

    /// <summary>From the first vector of outputs to the second; 0 where there is none.</summary>
    public nint Second;

    /// <summary>0, or NaN.</summary>
    public float NotFinite;

    public Epilogue Epilogue;

    /// <summary>The weights that are prefetched next.</summary>
    public byte* Later;
}
