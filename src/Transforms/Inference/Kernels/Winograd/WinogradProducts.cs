using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;

/// <summary>
/// What stands between Winograd's transforms: at each of the Side² positions a product of two matrices, tiles × inputs and inputs ×
/// outputs. The kinds differ in what they keep in registers.
/// </summary>
/// <param name="weights">Transformed filters, packed as the kind reads them.</param>
internal abstract unsafe class WinogradProducts(AlignedBuffer weights)
{
    /// <summary>Tiles that are computed together: the place for a chunk's tiles is a multiple of it.</summary>
    public abstract int Unit { get; }

    /// <summary>Output groups that are computed together: parts of the products begin at a multiple of it.</summary>
    public abstract int GroupsTogether { get; }

    /// <summary>All weights, which every chunk reads once.</summary>
    public AlignedBuffer Weights => weights;

    /// <summary>Computes the products of a chunk.</summary>
    /// <param name="inputs">Transformed inputs of the first position.</param>
    /// <param name="products">
    /// Where the products of the first position go: where the inputs were of a row of positions before, so that half of the memory is
    /// enough.
    /// </param>
    /// <param name="count">Tiles; up to a whole <see cref="Unit"/> more are computed from whatever lies there.</param>
    /// <param name="chunk">Distances in both.</param>
    /// <param name="outputs">Which products.</param>
    public abstract void Run(float* inputs, float* products, int count, ChunkLayout chunk, GroupRange outputs);
}

/// <summary>How a chunk of tiles lies in memory: [position][group][tile][lane].</summary>
/// <param name="Group">Floats from a group to the next.</param>
/// <param name="Position">Floats from a position to the next.</param>
internal readonly record struct ChunkLayout(nint Group, nint Position);
