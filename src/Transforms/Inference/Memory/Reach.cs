namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>
/// How far a kernel reads beyond the outermost pixels of its input map. Each kernel says so in one place, from the tile that it computes
/// with, and <see cref="ArenaLayout.Reads"/> holds the arena to it. Negative where a kernel does not come as far as the last pixel.
/// </summary>
/// <param name="Above">Rows above the first pixel's.</param>
/// <param name="Left">Columns left of the first pixel's.</param>
/// <param name="Below">Rows below the last pixel's.</param>
/// <param name="Right">Columns right of the last pixel's that results depend on: up to there it must be zeros.</param>
/// <param name="Dropped">
/// Columns right of the last pixel's that are read at all. What depends on those further out is dropped, so that they may be anything that
/// can be read: the next row, or what lies behind the map.
/// </param>
internal readonly record struct Reach(int Above, int Left, int Below, int Right, int Dropped)
{
    /// <summary>The reach of square windows that slide over a map.</summary>
    /// <param name="input">The map.</param>
    /// <param name="window">Side of a window.</param>
    /// <param name="step">Pixels from a window to the next.</param>
    /// <param name="padding">Pixels by which the first window hangs over.</param>
    /// <param name="rows">Windows from top to bottom.</param>
    /// <param name="columns">Windows from left to right.</param>
    /// <param name="computed">Windows from left to right, those included whose results are dropped; null where there are none.</param>
    public static Reach OfWindows(FeatureMap input, int window, int step, int padding, int rows, int columns, int? computed = null)
        => OfWindows(input.Height, input.Width, window, step, padding, rows, columns, computed);

    /// <summary>The same over a map of a height and a width.</summary>
    public static Reach OfWindows(
        int height, int width, int window, int step, int padding, int rows, int columns, int? computed = null)
    {
        return new Reach(padding, padding, Beyond(rows, height), Beyond(columns, width), Beyond(computed ?? columns, width));

        int Beyond(int windows, int side) => ((windows - 1) * step) + window - padding - side;
    }
}
