namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>
/// Where convolutions that are in 8 bits are computed by kernels for bytes. It changes no number but the last bits of sums.
/// </summary>
internal enum EightBitUse
{
    /// <summary>Where they are faster than those for floats.</summary>
    WhereFaster,

    /// <summary>Wherever sums fit.</summary>
    Always,

    /// <summary>Nowhere.</summary>
    Never,
}
