using AdaptiveInference.ML.Transforms.Cost;

namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>
/// Shape of a feature map and its place in every worker's arena. Channels lie in groups of one vector: [group][row][column][lane]. Around
/// each plane is a border of zeros that stands for the padding of convolutions: of the given width, and on the right and below also what
/// rounds the side up, see <see cref="MapBorder"/>. Kernels read the border and never write it; lanes beyond the last channel stay zero as
/// well. The image itself is a map of one lane, so its groups are plain channel planes.
/// </summary>
internal sealed class FeatureMap
{
    public FeatureMap(int channels, int height, int width, int lanes, int border, long start, long sums)
    {
        Channels = channels;
        Height = height;
        Width = width;
        Lanes = lanes;
        Groups = Multiples.Count(channels, lanes);
        Border = border;
        RowStride = checked((int)(MapBorder.Side(width, border) * lanes));
        GroupStride = checked((int)(MapBorder.Side(height, border) * RowStride));
        Length = (long)Groups * GroupStride;
        MoveTo(start);
        Sums = sums;
    }

    public int Channels { get; }

    public int Height { get; }

    public int Width { get; }

    public int Lanes { get; }

    /// <summary>Columns of zeros left of the first pixel, and rows above it.</summary>
    public int Border { get; }

    /// <summary>Columns of zeros right of the last pixel.</summary>
    public int BorderRight => (RowStride / Lanes) - Border - Width;

    /// <summary>Rows of zeros below the last pixel.</summary>
    public int BorderBelow => (GroupStride / RowStride) - Border - Height;

    /// <summary>Groups of <see cref="Lanes"/> channels.</summary>
    public int Groups { get; }

    /// <summary>Floats from a pixel to the one below.</summary>
    public int RowStride { get; }

    /// <summary>Floats from a pixel to the same pixel of the next group.</summary>
    public int GroupStride { get; }

    /// <summary>Floats that the map occupies, border included.</summary>
    public long Length { get; }

    /// <summary>Floats from the start of the arena to the first pixel of the first group.</summary>
    public long Offset { get; private set; }

    /// <summary>Floats from the start of the arena to the border's first pixel.</summary>
    public long Start => Offset - (Border * (RowStride + Lanes));

    /// <summary>Floats from the arena's origin to the sums over all pixels of each channel, for global average pools.</summary>
    public long Sums { get; }

    /// <summary>Floats from the start of the arena to behind the last one that a kernel reads.</summary>
    public long End(Reach reach)
        => Offset + ((long)(Groups - 1) * GroupStride) + ((long)(Height - 1 + reach.Below) * RowStride)
            + ((Width + (long)reach.Dropped) * Lanes);

    /// <summary>Floats from a pixel's first channel to one that begins a vector, of this map's or of fewer lanes.</summary>
    public nint Channel(int channel) => ((nint)(channel / Lanes) * GroupStride) + (channel % Lanes);

    /// <summary>Gives the map its place, before any arena is made.</summary>
    public void MoveTo(long start) => Offset = start + (Border * (RowStride + Lanes));
}
