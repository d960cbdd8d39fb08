namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;

/// <summary>
/// What a tile multiplies: runs of neighbouring floats in the input, one weight vector per float. A 3×3 convolution has three runs of three
/// pixels in each input group, a 1×1 convolution or one position of Winograd's products has one run of one pixel in each.
/// </summary>
/// <param name="Planes">Input groups.</param>
/// <param name="PlaneStride">Floats from one to the next.</param>
/// <param name="Rows">Rows of the kernel.</param>
/// <param name="RowStride">Floats from one to the next.</param>
/// <param name="Run">Floats of a run: kernel width times lanes.</param>
/// <param name="WeightStride">
/// Floats of weights per output group. Those of a tile's groups lie side by side, so it leads from tile to tile.
/// </param>
/// <param name="OutputStride">Floats from an output group to the next.</param>
internal readonly record struct TileWalk(
    int Planes, nint PlaneStride, int Rows, nint RowStride, int Run, nint WeightStride, nint OutputStride);
