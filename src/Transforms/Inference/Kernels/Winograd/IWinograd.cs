namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;

/// <summary>
/// One of Winograd's minimal filtering algorithms F(m×m, 3×3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR
/// 2016): Y = Aᵀ[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]A.
/// </summary>
/// <remarks>
/// A tile's transform keeps all of its intermediate values in registers, even where that loads an input more than once: a round trip
/// through memory between rows and columns would cost more than the arithmetic. Where they do not fit, storing them line by line costs
/// less than what the compiler does with them.
/// </remarks>
/// <typeparam name="TVector">The vector.</typeparam>
internal unsafe interface IWinograd<TVector>
    where TVector : struct
{
    /// <summary>m: outputs along one side of a tile.</summary>
    static abstract int Outputs { get; }

    /// <summary>Inputs from an output to the next.</summary>
    static abstract int Stride { get; }

    /// <summary>(m − 1) · stride + 3: inputs along one side, and products.</summary>
    static abstract int Side { get; }

    /// <summary>G, one row per product.</summary>
    static abstract double[][] Filter { get; }

    /// <summary>Bᵀ·d·B of one tile of one channel group.</summary>
    /// <param name="source">The tile's first pixel.</param>
    /// <param name="rowStride">Floats from a pixel to the one below.</param>
    /// <param name="target">Where the first of the Side² positions goes.</param>
    /// <param name="position">Floats from one position to the next.</param>
    static abstract void Input(float* source, nint rowStride, float* target, nint position);

    /// <summary>Aᵀ·m·A of one tile of one channel group, plus bias.</summary>
    /// <param name="source">The first of the Side² positions.</param>
    /// <param name="position">Floats from one position to the next.</param>
    /// <param name="bias">What is added to all.</param>
    /// <param name="target">The tile's first output.</param>
    /// <param name="rowStride">Floats from an output to the one below.</param>
    /// <param name="rows">Rows to store, at most <see cref="Outputs"/>.</param>
    /// <param name="columns">Columns to store, at most <see cref="Outputs"/>.</param>
    /// <param name="epilogue">What happens before storing.</param>
    static abstract void Output(
        float* source, nint position, TVector bias, float* target, nint rowStride, int rows, int columns, Epilogue epilogue);
}
