namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;

/// <summary>
/// All pixels of a small map by some channel groups: where a map has fewer pixels than registers hold sums, weights need be read no more
/// than once. What <see cref="ITile"/> says of registers holds here too.
/// </summary>
internal unsafe interface IMapTile
{
    /// <summary>Rows and columns of the map.</summary>
    static abstract int Side { get; }

    /// <summary>Output channel groups.</summary>
    static abstract int Groups { get; }

    /// <summary>
    /// Whether it leaves out what falls on the border. Then it is for 3×3 kernels with stride 1 alone, and the nine weights of an input lie
    /// side by side.
    /// </summary>
    static abstract bool SkipsBorder { get; }

    /// <summary>Computes all pixels of a map.</summary>
    /// <param name="source">First input of the first pixel.</param>
    /// <param name="walk">The inputs behind it.</param>
    /// <param name="nextRow">Floats from the first input of a pixel to that of the pixel below.</param>
    /// <param name="weights">Weights of the first output group.</param>
    /// <param name="bias">Biases of the first output group.</param>
    /// <param name="destination">First output.</param>
    /// <param name="rowStride">Floats from an output to the one below.</param>
    /// <param name="epilogue">What happens before storing.</param>
    static abstract void Run(
        float* source, in TileWalk walk, nint nextRow, float* weights, float* bias, float* destination, nint rowStride, Epilogue epilogue);
}
