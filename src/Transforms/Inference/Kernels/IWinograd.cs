namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>
/// One of Winograd's minimal filtering algorithms F(m×m, 3×3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR
/// 2016): Y = Aᵀ[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]A. Each transform is given in one dimension and applied to columns, then to rows.
/// </summary>
internal unsafe interface IWinograd
{
    /// <summary>m: outputs along one side of a tile.</summary>
    static abstract int Outputs { get; }

    /// <summary>m + 2: inputs along one side, and products.</summary>
    static abstract int Side { get; }

    /// <summary>G, one row per product.</summary>
    static abstract double[][] Filter { get; }

    /// <summary>Bᵀ over <see cref="Side"/> vectors.</summary>
    static abstract void Input(float* source, nint sourceStep, float* target, nint targetStep);

    /// <summary>Aᵀ over <see cref="Side"/> vectors, which gives <see cref="Outputs"/>.</summary>
    static abstract void Output(float* source, nint sourceStep, float* target, nint targetStep);
}
