namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>What the bytes of a map stand for: (byte − zero) · scale.</summary>
/// <param name="Scale">A byte's step, above 0.</param>
/// <param name="Zero">The byte that stands for 0: padding must be a number that there is.</param>
internal readonly record struct ByteScale(double Scale, int Zero)
{
    // Its inverse is still a float.
    private const double SmallestStep = 1e-30;

    /// <summary>The bytes that cover a range of values, and 0.</summary>
    public static ByteScale Of(float smallest, float largest) => Of(smallest, largest, byte.MaxValue);

    /// <summary>The integers from 0 to a largest that cover a range of values, and 0.</summary>
    public static ByteScale Of(float smallest, float largest, int most)
    {
        double low = Math.Min(smallest, 0), high = Math.Max(largest, 0);

        // A map of nothing but zeros, or of values that are as good as zero, may have any step.
        var scale = Math.Max((high - low) / most, SmallestStep);
        return new ByteScale(scale, (int)Math.Round(-low / scale));
    }
}
