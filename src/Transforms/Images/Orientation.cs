using SkiaSharp;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// The eight orientations of EXIF (tag 274): cameras store the picture as the sensor lay and note how it must be turned to stand upright.
/// </summary>
internal static class Orientation
{
    /// <summary>Whether rows of the stored image are columns of the upright one.</summary>
    public static bool SwapsSides(SKEncodedOrigin origin) => origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop
        or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;

    /// <summary>Size of the stored image for a size of the upright one, and the other way round.</summary>
    public static (int Height, int Width) StoredSize(SKEncodedOrigin origin, int height, int width)
        => SwapsSides(origin) ? (width, height) : (height, width);

    /// <summary>Where a pixel of the upright image is stored.</summary>
    /// <param name="origin">The orientation.</param>
    /// <param name="y">Row in the upright image.</param>
    /// <param name="x">Column in the upright image.</param>
    /// <param name="height">Rows of the stored image.</param>
    /// <param name="width">Columns of the stored image.</param>
    public static (int Y, int X) Stored(SKEncodedOrigin origin, int y, int x, int height, int width) => origin switch
    {
        SKEncodedOrigin.TopRight => (y, width - 1 - x),                   // 2: mirrored left to right
        SKEncodedOrigin.BottomRight => (height - 1 - y, width - 1 - x),   // 3: by half a turn
        SKEncodedOrigin.BottomLeft => (height - 1 - y, x),                // 4: mirrored top to bottom
        SKEncodedOrigin.LeftTop => (x, y),                                // 5: along the falling diagonal
        SKEncodedOrigin.RightTop => (height - 1 - x, y),                  // 6: by a quarter to the right
        SKEncodedOrigin.RightBottom => (height - 1 - x, width - 1 - y),   // 7: along the rising diagonal
        SKEncodedOrigin.LeftBottom => (x, width - 1 - y),                 // 8: by a quarter to the left
        _ => (y, x),
    };
}
