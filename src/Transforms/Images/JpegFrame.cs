using System.Buffers.Binary;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>One colour component of a JPEG picture.</summary>
/// <param name="id">Its number in the file.</param>
/// <param name="horizontal">Blocks of a unit side by side.</param>
/// <param name="vertical">Blocks of a unit one below the other.</param>
internal sealed class JpegComponent(byte id, int horizontal, int vertical)
{
    private ulong[]? _nonZero;

    public byte Id { get; } = id;

    public int Horizontal { get; } = horizontal;

    public int Vertical { get; } = vertical;

    /// <summary>Blocks of a scan that has this component alone.</summary>
    public int Blocks { get; set; }

    /// <summary>Whether a scan with its mean values was read.</summary>
    public bool IsBegun { get; set; }

    /// <summary>
    /// Of each block the coefficients that are not 0 so far, a bit each: scans that refine a progressive picture have one bit more for
    /// every one of them.
    /// </summary>
    public ulong[] NonZero => _nonZero ??= new ulong[Blocks];
}

/// <summary>Size and components of a JPEG picture.</summary>
internal sealed class JpegFrame
{
    private const int Block = 8;
    private const int MostComponents = 4;

    private JpegFrame(JpegComponent[] components, bool isProgressive) => (Components, IsProgressive) = (components, isProgressive);

    public JpegComponent[] Components { get; }

    /// <summary>Whether scans refine each other, or each has whole blocks.</summary>
    public bool IsProgressive { get; }

    /// <summary>Units of a scan of several components; a unit has as many blocks of each as its sampling factors say.</summary>
    public long Units { get; private init; }

    /// <summary>Reads a frame header; null when it makes no sense.</summary>
    public static JpegFrame? Read(ReadOnlySpan<byte> content, bool isProgressive)
    {
        if (content.Length < 6 || content.Length < 6 + (3 * content[5]) || content[5] is 0 or > MostComponents)
        {
            return null;
        }

        var components = new JpegComponent[content[5]];
        for (var i = 0; i < components.Length; i++)
        {
            var part = content[(6 + (3 * i))..];
            components[i] = new JpegComponent(part[0], part[1] >> 4, part[1] & 15);
            if (components[i].Horizontal is 0 or > 4 || components[i].Vertical is 0 or > 4)
            {
                return null;
            }
        }

        int height = BinaryPrimitives.ReadUInt16BigEndian(content[1..]), width = BinaryPrimitives.ReadUInt16BigEndian(content[3..]);
        if (height == 0 || width == 0)
        {
            return null;
        }

        var (most, tallest) = (components.Max(component => component.Horizontal), components.Max(component => component.Vertical));
        foreach (var component in components)
        {
            component.Blocks = Blocks(width, component.Horizontal, most) * Blocks(height, component.Vertical, tallest);
        }

        return new JpegFrame(components, isProgressive)
        {
            Units = (long)Ceiling(width, Block * most) * Ceiling(height, Block * tallest),
        };

        static int Blocks(int size, int factor, int most) => Ceiling(Ceiling(size * factor, most), Block);

        static int Ceiling(int value, int by) => (value + by - 1) / by;
    }
}
