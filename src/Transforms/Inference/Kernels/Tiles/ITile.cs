namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;

/// <summary>
/// The innermost loop of every convolution: a block of outputs, some pixels by some channel groups, whose sums stay in registers. Each
/// tile is one struct, so that callers compile with the tile's body inside their loops.
/// </summary>
/// <remarks>
/// Sums are named locals: the JIT keeps those in registers, and elements of arrays or stack memory not. A pixel is loaded once for all
/// groups of the tile and a weight vector once for all its pixels.
/// </remarks>
internal unsafe interface ITile
{
    /// <summary>Neighbouring outputs.</summary>
    static abstract int Pixels { get; }

    /// <summary>Output channel groups.</summary>
    static abstract int Groups { get; }

    /// <summary>Computes one tile.</summary>
    /// <param name="source">First input of the first pixel.</param>
    /// <param name="walk">The inputs behind it.</param>
    /// <param name="weights">Weights of the first output group.</param>
    /// <param name="bias">Biases of the first output group.</param>
    /// <param name="destination">First output.</param>
    /// <param name="count">Pixels to store; those beyond are computed from whatever lies there and dropped.</param>
    /// <param name="epilogue">What happens before storing.</param>
    static abstract void Run(
        float* source, in TileWalk walk, float* weights, float* bias, float* destination, int count, Epilogue epilogue);
}
