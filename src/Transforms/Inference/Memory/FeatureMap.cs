namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>
/// Shape of a feature map and its place in every worker's arena. Channels lie in groups of one vector: [group][row][column][lane]. Around
/// each plane is a border of zeros that stands for the padding of convolutions: as wide as asked for, and on the right and below up to a
/// multiple of four more. Kernels read the border and never write it; lanes beyond the last channel stay zero as well. The image itself
/// is a map of one lane, so its groups are plain channel planes.
/// </summary>
internal sealed class FeatureMap
{
    private const int Tile = 4;

    public FeatureMap(int channels, int height, int width, int lanes, int border, long start, long sums)
    {
        Channels = channels;
        Height = height;
        Width = width;
        Lanes = lanes;
        Groups = Multiples.Count(channels, lanes);
        RowStride = checked((Multiples.RoundUp(width, Tile) + (2 * border)) * lanes);
        GroupStride = checked((Multiples.RoundUp(height, Tile) + (2 * border)) * RowStride);
        Length = (long)Groups * GroupStride;
        Offset = start + (border * (RowStride + lanes));
        Sums = sums;
    }

    public int Channels { get; }

    public int Height { get; }

    public int Width { get; }

    public int Lanes { get; }

    /// <summary>Groups of <see cref="Lanes"/> channels.</summary>
    public int Groups { get; }

    /// <summary>Floats from a pixel to the one below.</summary>
    public int RowStride { get; }

    /// <summary>Floats from a pixel to the same pixel of the next group.</summary>
    public int GroupStride { get; }

    /// <summary>Floats that the map occupies, border included.</summary>
    public long Length { get; }

    /// <summary>Floats from the start of the arena to the first pixel of the first group.</summary>
    public long Offset { get; }

    /// <summary>Floats from the arena's origin to the sums over all pixels of each channel, for those who average.</summary>
    public long Sums { get; }
}
