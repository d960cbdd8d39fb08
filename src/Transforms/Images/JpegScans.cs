using System.Buffers.Binary;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>What the scans of a JPEG file hold.</summary>
internal enum JpegState
{
    /// <summary>All blocks and the end mark, or a kind of JPEG that is not looked into (arithmetic, lossless).</summary>
    Whole,

    /// <summary>All blocks, but no end mark.</summary>
    LacksEnd,

    /// <summary>Blocks are missing, or data are left over that no block used.</summary>
    BreaksOff,

    /// <summary>More scans than any picture needs, each of which costs the decoder a pass over the whole picture.</summary>
    TooManyScans,
}

/// <summary>
/// Counts the blocks of a baseline or progressive JPEG (ITU-T T.81): Huffman codes are read and their values passed over, so that a scan
/// that ends too early, or that has data left over because zeros were taken for codes, is told from a whole one.
/// </summary>
internal static class JpegScans
{
    /// <summary>Most scans of a picture; encoders make about ten.</summary>
    public const int MostScans = 64;

    private const byte Prefix = 0xFF;
    private const byte BaselineFrame = 0xC0;
    private const byte ExtendedFrame = 0xC1;
    private const byte ProgressiveFrame = 0xC2;
    private const byte LastFrame = 0xCF;
    private const byte HuffmanTables = 0xC4;
    private const byte Extension = 0xC8;
    private const byte ArithmeticTables = 0xCC;
    private const byte FirstRestart = 0xD0;
    private const byte LastRestart = 0xD7;
    private const byte StartOfImage = 0xD8;
    private const byte End = 0xD9;
    private const byte StartOfScan = 0xDA;
    private const byte RestartInterval = 0xDD;

    /// <summary>Bytes that some encoders leave between the last block and the next mark.</summary>
    private const int MostLeftOver = 8;

    /// <summary>The mark with which a file ends.</summary>
    public static ReadOnlySpan<byte> EndOfImage => [Prefix, End];

    /// <summary>Where the first scan's data begin, the file's length when there is none; and whether the picture is progressive.</summary>
    public static (int Position, bool IsProgressive) StartOfData(ReadOnlySpan<byte> file)
    {
        var (position, isProgressive) = (2, false);
        while (TryReadSegment(file, ref position, out var marker, out _))
        {
            isProgressive |= marker == ProgressiveFrame;
            if (marker == StartOfScan)
            {
                return (position, isProgressive);
            }
        }

        return (file.Length, isProgressive);
    }

    /// <summary>Reads all scans.</summary>
    public static JpegState Check(ReadOnlySpan<byte> file)
    {
        var tables = new JpegHuffmanTable?[2, 4];
        JpegFrame? frame = null;
        var (position, interval, scans) = (2, 0, 0);
        while (TryReadSegment(file, ref position, out var marker, out var content))
        {
            switch (marker)
            {
                case End:
                    return IsWhole(frame) ? JpegState.Whole : JpegState.BreaksOff;
                case BaselineFrame or ExtendedFrame or ProgressiveFrame when frame is null:
                    frame = JpegFrame.Read(content, marker == ProgressiveFrame);
                    break;
                case >= BaselineFrame and <= LastFrame when marker is not (HuffmanTables or Extension or ArithmeticTables):
                    return JpegState.Whole;
                case HuffmanTables:
                    ReadTables(content, tables);
                    break;
                case RestartInterval when content.Length >= 2:
                    interval = BinaryPrimitives.ReadUInt16BigEndian(content);
                    break;
                case StartOfScan:
                    if (++scans > MostScans)
                    {
                        return JpegState.TooManyScans;
                    }

                    if (frame is null || JpegScan.Of(frame, content, tables, interval) is not { } scan
                        || !scan.Read(file[position..], out var used) || LeftOver(file[(position + used)..]) > MostLeftOver)
                    {
                        return JpegState.BreaksOff;
                    }

                    position += used + LeftOver(file[(position + used)..]);
                    break;
            }
        }

        // Nothing may follow but the first half of the end mark.
        return IsWhole(frame) && position >= file.Length - 1 ? JpegState.LacksEnd : JpegState.BreaksOff;
    }

    /// <summary>Whether a byte after the prefix is a restart mark.</summary>
    public static bool IsRestart(byte marker) => marker is >= FirstRestart and <= LastRestart;

    // Bytes before the next mark, which is no stuffed zero.
    private static int LeftOver(ReadOnlySpan<byte> data)
    {
        for (var i = 0; i < data.Length; i++)
        {
            if (data[i] == Prefix && (i + 1 == data.Length || data[i + 1] != 0))
            {
                return i;
            }
        }

        return data.Length;
    }

    private static bool TryReadSegment(ReadOnlySpan<byte> file, ref int position, out byte marker, out ReadOnlySpan<byte> content)
    {
        marker = 0;
        content = default;
        while (position < file.Length && file[position] == Prefix && position + 1 < file.Length && file[position + 1] == Prefix)
        {
            position++;
        }

        if (position + 2 > file.Length || file[position] != Prefix)
        {
            return false;
        }

        marker = file[position + 1];
        position += 2;
        if (marker is End or StartOfImage || IsRestart(marker))
        {
            return true;
        }

        if (position + 2 > file.Length)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(file[position..]);
        if (length < 2 || position + length > file.Length)
        {
            return false;
        }

        content = file.Slice(position + 2, length - 2);
        position += length;
        return true;
    }

    private static bool IsWhole(JpegFrame? frame)
        => frame is not null && Array.TrueForAll(frame.Components, component => component.IsBegun);

    private static void ReadTables(ReadOnlySpan<byte> content, JpegHuffmanTable?[,] tables)
    {
        while (content.Length > 16)
        {
            var (kind, number) = (content[0] >> 4, content[0] & 15);
            var table = JpegHuffmanTable.Read(content[1..], out var used);
            if (table is null || kind > 1 || number > 3)
            {
                return;
            }

            tables[kind, number] = table;
            content = content[(1 + used)..];
        }
    }
}
