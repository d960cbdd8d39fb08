namespace AdaptiveInference.ML.Transforms.Cost;

/// <summary>
/// The zeros around the pixels of a feature map, which kernels read as padding: said here for those who lay maps out and for those who
/// count what maps need.
/// </summary>
internal static class MapBorder
{
    /// <summary>
    /// Sides of maps are rounded up to a multiple of this many pixels: the outputs of the largest of Winograd's tiles that may hang over a
    /// map's edge, whose inputs there must be zeros.
    /// </summary>
    public const int Tile = 4;

    /// <summary>Around every map but the image: half of a 3×3 kernel, the largest that reads feature maps.</summary>
    public const int Width = 1;

    /// <summary>Pixels along one side of a map, its borders included.</summary>
    /// <param name="pixels">Those inside.</param>
    /// <param name="border">At either end, at least.</param>
    public static long Side(long pixels, long border) => ((pixels + Tile - 1) / Tile * Tile) + (2 * border);
}
