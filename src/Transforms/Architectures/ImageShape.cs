using System.Globalization;

namespace AdaptiveInference.ML.Transforms;

/// <summary>Size of the images that a network reads.</summary>
public sealed record ImageShape
{
    /// <summary>Largest accepted number of channels.</summary>
    internal const int MaximumChannels = 1024;

    /// <summary>Largest accepted height and width in pixels.</summary>
    internal const int MaximumSide = 4096;

    private const int MaximumSize = 1 << 30;

    /// <summary>Makes a shape.</summary>
    /// <param name="channels">1 for gray, 3 for colour; any number from 1 to 1024 for vector columns.</param>
    /// <param name="height">Height in pixels, 1 to 4096.</param>
    /// <param name="width">Width in pixels, 1 to 4096.</param>
    /// <exception cref="ArgumentException">A size is out of range, or the image has more than 2³⁰ values.</exception>
    public ImageShape(int channels, int height, int width)
    {
        if (channels is < 1 or > MaximumChannels || height is < 1 or > MaximumSide || width is < 1 or > MaximumSide)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"Image shape must have 1 to {MaximumChannels} channels and sides of 1 to {MaximumSide} pixels, "
                + $"got {channels}×{height}×{width}."));
        }

        // Each size may be at its limit, all of them together may not: images are arrays.
        if ((long)channels * height * width is > MaximumSize and var size)
        {
            throw new ArgumentException(
                $"Image shape must have at most {MaximumSize} values, got {channels}×{height}×{width} with {size}.");
        }

        Channels = channels;
        Height = height;
        Width = width;
    }

    /// <summary>Number of channels.</summary>
    public int Channels { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Number of values in one image.</summary>
    internal int Size => Channels * Height * Width;

    /// <summary>Channels×height×width, for example <c>3×32×32</c>.</summary>
    public override string ToString() => $"{Channels}×{Height}×{Width}";
}
