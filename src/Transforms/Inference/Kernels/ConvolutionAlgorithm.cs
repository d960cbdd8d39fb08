namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>Ways to compute a convolution.</summary>
internal enum ConvolutionAlgorithm
{
    /// <summary>By its definition. The only one for kernels other than 3×3.</summary>
    Direct,

    /// <summary>Winograd's F(2×2, 3×3): 2.25 times fewer multiplications, 1.8 times the weights.</summary>
    WinogradF2,

    /// <summary>Winograd's F(4×4, 3×3): 4 times fewer multiplications, 4 times the weights.</summary>
    WinogradF4,

    /// <summary>Winograd's F(5×5, 3×3): 4.6 times fewer multiplications, 5.4 times the weights.</summary>
    WinogradF5,

    /// <summary>Winograd's F(2×2, 3×3) with stride 2: 1.44 times fewer multiplications, 2.8 times the weights.</summary>
    WinogradStride2,
}
