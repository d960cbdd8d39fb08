using System.Buffers.Binary;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>Size and components of a baseline JPEG.</summary>
internal sealed class JpegFrame
{
    private const int Block = 8;

    private JpegFrame(int height, int width, (byte Id, int Horizontal, int Vertical)[] components)
        => (Height, Width, Components) = (height, width, components);

    public int Height { get; }

    public int Width { get; }

    /// <summary>Number and sampling factors of each component.</summary>
    public (byte Id, int Horizontal, int Vertical)[] Components { get; }

    /// <summary>Reads a frame header; null when it makes no sense.</summary>
    public static JpegFrame? Read(ReadOnlySpan<byte> content)
    {
        if (content.Length < 6 || content.Length < 6 + (3 * content[5]) || content[5] is 0 or > 4)
        {
            return null;
        }

        var components = new (byte Id, int Horizontal, int Vertical)[content[5]];
        for (var i = 0; i < components.Length; i++)
        {
            var part = content[(6 + (3 * i))..];
            components[i] = (part[0], part[1] >> 4, part[1] & 15);
            if (components[i].Horizontal is 0 or > 4 || components[i].Vertical is 0 or > 4)
            {
                return null;
            }
        }

        int height = BinaryPrimitives.ReadUInt16BigEndian(content[1..]), width = BinaryPrimitives.ReadUInt16BigEndian(content[3..]);
        return height == 0 || width == 0 ? null : new JpegFrame(height, width, components);
    }

    /// <summary>Makes the reader of a scan from its header.</summary>
    public bool TryScan(ReadOnlySpan<byte> content, JpegHuffmanTable?[,] tables, int interval, out JpegScan scan)
    {
        scan = default!;
        if (content.Length < 1 || content[0] is 0 or > 4 || content.Length < 1 + (2 * content[0]))
        {
            return false;
        }

        var blocks = new List<(JpegHuffmanTable Dc, JpegHuffmanTable Ac)>();
        var units = 0L;
        for (var i = 0; i < content[0]; i++)
        {
            var (id, numbers) = (content[1 + (2 * i)], content[2 + (2 * i)]);
            var index = Array.FindIndex(Components, component => component.Id == id);
            if (index < 0 || numbers >> 4 > 3 || (numbers & 15) > 3
                || tables[0, numbers >> 4] is not { } dc || tables[1, numbers & 15] is not { } ac)
            {
                return false;
            }

            var (_, horizontal, vertical) = Components[index];
            var (most, tallest) = (Components.Max(component => component.Horizontal), Components.Max(component => component.Vertical));

            // A scan of one component has its blocks one by one; one of several has them in units of the sampling factors.
            var alone = content[0] == 1;
            units = alone
                ? (long)Blocks(Width, horizontal, most) * Blocks(Height, vertical, tallest)
                : (long)Ceiling(Width, Block * most) * Ceiling(Height, Block * tallest);
            blocks.AddRange(Enumerable.Repeat((dc, ac), alone ? 1 : horizontal * vertical));
        }

        scan = new JpegScan([.. blocks], units, interval, content[0]);
        return true;

        static int Blocks(int size, int factor, int most) => Ceiling(Ceiling(size * factor, most), Block);

        static int Ceiling(int value, int by) => (value + by - 1) / by;
    }
}
