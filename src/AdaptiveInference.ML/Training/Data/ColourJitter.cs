using System.Numerics.Tensors;

namespace AdaptiveInference.ML.Training.Data;

/// <summary>
/// Random brightness, contrast and saturation, as torchvision's <c>ColorJitter</c> defines them, in this order: pixels times b; blended
/// with the mean of the image by c; blended with each pixel's own gray by s. All three are linear, so that they are one step.
/// </summary>
internal readonly record struct ColourJitter(float Brightness, float Contrast, float Saturation)
{
    /// <summary>How far each factor is from 1, at most: light and cameras differ by so much, and colours stay what they are.</summary>
    public const double Strength = 0.2;

    // Luma of ITU-R BT.601, as gray images are made.
    private const float Red = 0.299f;
    private const float Green = 0.587f;
    private const float Blue = 0.114f;

    public static ColourJitter Draw(ref RandomStream random)
        => new(Factor(ref random), Factor(ref random), Factor(ref random));

    /// <summary>Changes an image.</summary>
    /// <param name="planar">Pixels as channels, height, width. Only three channels have a saturation.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="areBytes">Whether pixels are from 0 to 255, and so cut off there; the scale of others is not known.</param>
    public void Apply(Span<float> planar, int channels, bool areBytes)
    {
        var plane = planar.Length / channels;
        var gain = Brightness * Contrast;
        var offset = Brightness * (1 - Contrast) * MeanOf(planar, channels);
        if (channels == 3)
        {
            var red = planar[..plane];
            var green = planar.Slice(plane, plane);
            var blue = planar[(2 * plane)..];
            var (own, gray) = (gain * Saturation, gain * (1 - Saturation));
            for (var i = 0; i < plane; i++)
            {
                var rest = (gray * ((Red * red[i]) + (Green * green[i]) + (Blue * blue[i]))) + offset;
                red[i] = (own * red[i]) + rest;
                green[i] = (own * green[i]) + rest;
                blue[i] = (own * blue[i]) + rest;
            }
        }
        else
        {
            TensorPrimitives.Multiply<float>(planar, gain, planar);
            TensorPrimitives.Add<float>(planar, offset, planar);
        }

        if (areBytes)
        {
            TensorPrimitives.Max(planar, 0f, planar);
            TensorPrimitives.Min(planar, 255f, planar);
        }
    }

    private static float Factor(ref RandomStream random) => (float)random.Next(1 - Strength, 1 + Strength);

    private static float MeanOf(ReadOnlySpan<float> planar, int channels)
    {
        var plane = planar.Length / channels;
        return channels == 3
            ? ((Red * TensorPrimitives.Sum(planar[..plane])) + (Green * TensorPrimitives.Sum(planar.Slice(plane, plane)))
                + (Blue * TensorPrimitives.Sum(planar[(2 * plane)..]))) / plane
            : TensorPrimitives.Sum(planar) / planar.Length;
    }
}
