namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>What a convolution does with its sums, bias included, before it stores them.</summary>
[Flags]
internal enum Epilogue
{
    /// <summary>Stores them.</summary>
    None = 0,

    /// <summary>Adds what the output map holds: the shortcut.</summary>
    Add = 1,

    /// <summary>Cuts negative values off.</summary>
    Relu = 2,
}
