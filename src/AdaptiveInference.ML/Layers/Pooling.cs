using static TorchSharp.torch;

namespace AdaptiveInference.ML.Layers;

/// <summary>Pooling that gates and heads have in common.</summary>
internal static class Pooling
{
    private static readonly long[] Plane = [2, 3];

    /// <summary>Global average pool, in single precision. (N, C, H, W) → (N, C)</summary>
    public static Tensor Average(Tensor features) => features.mean(Plane).to(ScalarType.Float32);

    /// <summary>
    /// Adaptive average pool to a square grid, flattened channel by channel. A product with a constant matrix is faster than
    /// libtorch's own. (N, C, H, W) → (N, C·side²)
    /// </summary>
    public static Tensor GridAverage(Tensor features, int side)
    {
        var (images, channels, height, width) = (features.shape[0], features.shape[1], (int)features.shape[2], (int)features.shape[3]);
        var shares = tensor(GridShares(side, height, width), [side * side, height * width], features.dtype, features.device);
        var pixels = features.permute(0, 2, 3, 1).reshape(images, height * width, channels);
        return shares.matmul(pixels).transpose(1, 2).flatten(1);
    }

    // [cell][pixel]: cell i of n covers rows ⌊i·H/n⌋ to ⌈(i+1)·H/n⌉ and columns alike, all of its pixels with the same share.
    private static float[] GridShares(int side, int height, int width)
    {
        var shares = new float[side * side * height * width];
        for (var cell = 0; cell < side * side; cell++)
        {
            var (top, bottom) = Span(cell / side, side, height);
            var (left, right) = Span(cell % side, side, width);
            for (var y = top; y < bottom; y++)
            {
                shares.AsSpan((((cell * height) + y) * width) + left, right - left).Fill(1f / ((bottom - top) * (right - left)));
            }
        }

        return shares;
    }

    private static (int From, int To) Span(int cell, int cells, int size)
        => (cell * size / cells, (((cell + 1) * size) + cells - 1) / cells);
}
