namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// The part of an axis that is resized, in source positions: of a picture that is cropped, or of one that was decoded reduced.
/// </summary>
/// <param name="Start">Where it begins, 0 or more.</param>
/// <param name="Length">How long it is, above 0; it ends within the axis.</param>
internal readonly record struct AxisWindow(double Start, double Length)
{
    /// <summary>The window in an image that was decoded at a fraction of its size.</summary>
    public static AxisWindow operator *(AxisWindow window, double scale) => new(window.Start * scale, window.Length * scale);
}
