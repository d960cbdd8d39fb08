namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>How a convolution of a block is computed. The last two give the same numbers.</summary>
internal enum ConvolutionWay
{
    /// <summary>In 32 bits.</summary>
    Floats,

    /// <summary>In 8 bits, by the kernels for floats: of values and weights that are rounded to what their bytes stand for.</summary>
    RoundedFloats,

    /// <summary>In 8 bits, by kernels for bytes.</summary>
    Bytes,
}
