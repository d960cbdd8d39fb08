using AdaptiveInference.ML.Transforms.Cost;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>Outputs along one side of a tile of Winograd's algorithms: read by the kernels and by the choice among them.</summary>
internal static class WinogradTile
{
    public const int F2 = 2;

    /// <summary>4: the tile for which the sides of maps are rounded up, so that it may hang over the edge of any.</summary>
    public const int F4 = MapBorder.Tile;

    /// <summary>Chosen only where its tiles end within the border that is there for F4's.</summary>
    public const int F5 = 5;

    public const int Stride2 = 2;

    /// <summary>
    /// F(4×4)'s filters are transformed along one side alone, half as many weights, where there are many registers and up to so many tiles;
    /// with more, completing the transform for every four of them takes longer than reading its result.
    /// </summary>
    public const int MostForRows = 4;
}
