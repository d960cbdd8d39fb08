namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>Huffman codes of a JPEG file (ITU-T T.81, annexes C and F.2.2.3): short ones by a table, long ones length by length.</summary>
internal sealed class JpegHuffmanTable
{
    private const int LongestCode = 16;
    private const int ShortCode = 8;

    private readonly ushort[] _short = new ushort[1 << ShortCode];
    private readonly int[] _afterLast = new int[LongestCode + 1];
    private readonly int[] _offset = new int[LongestCode + 1];
    private readonly byte[] _values;

    private JpegHuffmanTable(byte[] values) => _values = values;

    /// <summary>Reads the numbers of codes of each length and their values.</summary>
    /// <returns>The table; null when it is none.</returns>
    public static JpegHuffmanTable? Read(ReadOnlySpan<byte> content, out int used)
    {
        used = LongestCode;
        if (content.Length < LongestCode)
        {
            return null;
        }

        var counts = content[..LongestCode];
        foreach (var count in counts)
        {
            used += count;
        }

        if (used > content.Length)
        {
            return null;
        }

        var table = new JpegHuffmanTable(content[LongestCode..used].ToArray());
        var (code, value) = (0, 0);
        for (var length = 1; length <= LongestCode; length++)
        {
            table._offset[length] = value - code;
            for (var i = 0; i < counts[length - 1]; i++, code++, value++)
            {
                if (code >= 1 << length)
                {
                    return null;
                }

                if (length <= ShortCode)
                {
                    table._short.AsSpan(code << (ShortCode - length), 1 << (ShortCode - length))
                        .Fill((ushort)((length << 8) | table._values[value]));
                }
            }

            table._afterLast[length] = code;
            code <<= 1;
        }

        return table;
    }

    /// <summary>Length of the code at the start of 16 bits, 0 when there is none, and its value.</summary>
    public (int Length, int Value) Find(uint bits)
    {
        if (_short[bits >> (LongestCode - ShortCode)] is not 0 and var found)
        {
            return (found >> 8, found & 0xFF);
        }

        for (var length = ShortCode + 1; length <= LongestCode; length++)
        {
            var code = (int)(bits >> (LongestCode - length));
            if (code < _afterLast[length] && (uint)(_offset[length] + code) < (uint)_values.Length)
            {
                return (length, _values[_offset[length] + code]);
            }
        }

        return (0, 0);
    }
}
