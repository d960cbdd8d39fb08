namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>Huffman codes of a JPEG file: for every 16 bits the length of the code that they start with, and its value.</summary>
internal sealed class JpegHuffmanTable
{
    private const int LongestCode = 16;

    private readonly ushort[] _codes = new ushort[1 << LongestCode];

    private JpegHuffmanTable()
    {
    }

    /// <summary>Reads the numbers of codes of each length and their values (T.81, annex C).</summary>
    /// <returns>The table; null when it is none.</returns>
    public static JpegHuffmanTable? Read(ReadOnlySpan<byte> content, out int used)
    {
        used = LongestCode;
        if (content.Length < LongestCode)
        {
            return null;
        }

        var table = new JpegHuffmanTable();
        var code = 0;
        for (var length = 1; length <= LongestCode; length++)
        {
            for (var i = 0; i < content[length - 1]; i++, code++)
            {
                var from = code << (LongestCode - length);
                var count = 1 << (LongestCode - length);
                if (used >= content.Length || from + count > table._codes.Length)
                {
                    return null;
                }

                table._codes.AsSpan(from, count).Fill((ushort)((length << 8) | content[used++]));
            }

            code <<= 1;
        }

        return table;
    }

    /// <summary>Length of the code at the start of 16 bits, 0 when there is none, and its value.</summary>
    public (int Length, int Value) Find(uint bits)
    {
        var code = _codes[bits];
        return (code >> 8, code & 0xFF);
    }
}
