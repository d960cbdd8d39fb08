using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// Tiles of 4×4 outputs. The last of a row or column begins so that it ends with the map, and what the one before it has is not stored
/// again: no tile reads more than a pixel beyond the map.
/// </summary>
/// <param name="Height">Of the map, at least a tile's.</param>
/// <param name="Width">Of the map, at least a tile's.</param>
internal readonly record struct ByteWinogradTiles(int Height, int Width)
{
    /// <summary>Tiles side by side.</summary>
    public int Columns { get; } = Multiples.Count(Width, WinogradTile.F4);

    /// <summary>All of them.</summary>
    public int Count => Columns * Multiples.Count(Height, WinogradTile.F4);

    /// <summary>The first row of outputs of a row of tiles.</summary>
    public int Top(int row) => Math.Min(row * WinogradTile.F4, Height - WinogradTile.F4);

    /// <summary>The first column of outputs of a column of tiles.</summary>
    public int Left(int column) => Math.Min(column * WinogradTile.F4, Width - WinogradTile.F4);
}
