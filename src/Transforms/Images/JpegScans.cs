using System.Buffers.Binary;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>What the scans of a JPEG file hold.</summary>
internal enum JpegState
{
    /// <summary>All blocks and the end mark, or a kind of JPEG that is not looked into (progressive, arithmetic).</summary>
    Whole,

    /// <summary>All blocks, but no end mark.</summary>
    LacksEnd,

    /// <summary>Blocks are missing, or data are left over that no block used.</summary>
    BreaksOff,
}

/// <summary>
/// Counts the blocks of a baseline JPEG (ITU-T T.81): Huffman codes are read and their values skipped, so that a scan that ends too
/// early, or that has data left over because zeros were taken for codes, is told from a whole one.
/// </summary>
internal static class JpegScans
{
    private const byte Prefix = 0xFF;
    private const byte FirstFrame = 0xC0;
    private const byte ExtendedFrame = 0xC1;
    private const byte HuffmanTables = 0xC4;
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

    /// <summary>Where the first scan's data begin; the file's length when there is none.</summary>
    public static int StartOfData(ReadOnlySpan<byte> file)
    {
        var position = 2;
        while (TryReadSegment(file, ref position, out var marker, out _))
        {
            if (marker == StartOfScan)
            {
                return position;
            }
        }

        return file.Length;
    }

    /// <summary>Reads all scans.</summary>
    public static JpegState Check(ReadOnlySpan<byte> file)
    {
        var tables = new JpegHuffmanTable?[2, 4];
        JpegFrame? frame = null;
        var (position, interval, scanned) = (2, 0, 0);
        while (TryReadSegment(file, ref position, out var marker, out var content))
        {
            switch (marker)
            {
                case End:
                    return scanned == frame?.Components.Length ? JpegState.Whole : JpegState.BreaksOff;
                case FirstFrame or ExtendedFrame:
                    frame = JpegFrame.Read(content);
                    break;
                case > ExtendedFrame and <= 0xCF when marker is not (HuffmanTables or 0xC8 or 0xCC):
                    return JpegState.Whole;
                case HuffmanTables:
                    ReadTables(content, tables);
                    break;
                case RestartInterval when content.Length >= 2:
                    interval = BinaryPrimitives.ReadUInt16BigEndian(content);
                    break;
                case StartOfScan:
                    if (frame is null || !frame.TryScan(content, tables, interval, out var scan)
                        || !scan.Read(file[position..], out var used) || LeftOver(file[(position + used)..]) > MostLeftOver)
                    {
                        return JpegState.BreaksOff;
                    }

                    scanned += scan.Components;
                    position += used + LeftOver(file[(position + used)..]);
                    break;
            }
        }

        // Nothing may follow but the first half of the end mark.
        var isWhole = frame is not null && scanned == frame.Components.Length && position >= file.Length - 1;
        return isWhole ? JpegState.LacksEnd : JpegState.BreaksOff;
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
