namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>
/// One of Winograd's minimal filtering algorithms F(m×m, 3×3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR
/// 2016): Y = Aᵀ[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]A. Each transform is given in one dimension and applied to columns, then to rows.
/// </summary>
/// <typeparam name="TVector">The vector.</typeparam>
internal unsafe interface IWinograd<TVector>
    where TVector : struct
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

    /// <summary>Aᵀ over <see cref="Side"/> vectors that lie side by side, plus bias, into the first pixels of an output row.</summary>
    /// <param name="source">The vectors.</param>
    /// <param name="bias">What is added to all.</param>
    /// <param name="target">The first pixel.</param>
    /// <param name="columns">Pixels to store, at most <see cref="Outputs"/>.</param>
    /// <param name="epilogue">What happens before storing.</param>
    static abstract void OutputRow(float* source, TVector bias, float* target, int columns, Epilogue epilogue);
}
