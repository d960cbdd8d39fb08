namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// Walks through the blocks of one scan of a JPEG (ITU-T T.81, annexes F and G): codes are read, and their values passed over.
/// </summary>
internal sealed class JpegScan
{
    private const int Coefficients = 64;
    private const int SixteenZeros = 15;
    private const int LongestValue = 16;

    private readonly JpegFrame _frame;
    private readonly (JpegComponent Component, JpegHuffmanTable? Dc, JpegHuffmanTable? Ac)[] _parts;
    private readonly int _first;
    private readonly int _last;
    private readonly bool _refines;
    private readonly int _interval;
    private int _endRun;

    private JpegScan(
        JpegFrame frame, (JpegComponent, JpegHuffmanTable?, JpegHuffmanTable?)[] parts, int first, int last, bool refines, int interval)
    {
        (_frame, _parts, _first, _last, _refines, _interval) = (frame, parts, first, last, refines, interval);
    }

    /// <summary>Makes the reader of a scan from its header.</summary>
    /// <param name="frame">The picture.</param>
    /// <param name="content">The scan's header.</param>
    /// <param name="tables">The Huffman tables so far, of mean values and of the others.</param>
    /// <param name="interval">Units between restart marks; 0 when there are none.</param>
    /// <returns>The reader; null when the header makes no sense.</returns>
    public static JpegScan? Of(JpegFrame frame, ReadOnlySpan<byte> content, JpegHuffmanTable?[,] tables, int interval)
    {
        if (content.Length < 1 || content[0] is 0 or > 4 || content.Length < 4 + (2 * content[0]))
        {
            return null;
        }

        var parts = new (JpegComponent, JpegHuffmanTable?, JpegHuffmanTable?)[content[0]];
        var rest = content[(1 + (2 * content[0]))..];
        var (first, last, refines) = frame.IsProgressive ? (rest[0], rest[1], rest[2] >> 4 != 0) : ((byte)0, (byte)63, false);
        if (first > last || last >= Coefficients || (frame.IsProgressive && first == 0 && last > 0) || (first > 0 && parts.Length > 1))
        {
            return null;
        }

        for (var i = 0; i < parts.Length; i++)
        {
            var (id, numbers) = (content[1 + (2 * i)], content[2 + (2 * i)]);
            var component = Array.Find(frame.Components, component => component.Id == id);
            if (component is null || numbers >> 4 > 3 || (numbers & 15) > 3)
            {
                return null;
            }

            parts[i] = (component, tables[0, numbers >> 4], tables[1, numbers & 15]);
        }

        return new JpegScan(frame, parts, first, last, refines, interval);
    }

    /// <summary>Walks through all blocks.</summary>
    /// <param name="data">The file from the first byte of the scan on.</param>
    /// <param name="used">Bytes that the blocks take.</param>
    /// <returns>Whether all of them are there.</returns>
    public bool Read(ReadOnlySpan<byte> data, out int used)
    {
        var bits = new JpegBits(data);
        used = 0;

        // A scan of one component has its blocks one by one; one of several has them in units.
        var units = _parts.Length == 1 ? _parts[0].Component.Blocks : _frame.Units;
        for (var unit = 0L; unit < units; unit++)
        {
            if (_interval > 0 && unit > 0 && unit % _interval == 0)
            {
                _endRun = 0;
                if (!bits.TryRestart())
                {
                    return false;
                }
            }

            foreach (var (component, dc, ac) in _parts)
            {
                for (var block = _parts.Length == 1 ? 1 : component.Horizontal * component.Vertical; block > 0; block--)
                {
                    if (!TryReadBlock(ref bits, component, dc, ac, (int)unit))
                    {
                        return false;
                    }
                }
            }
        }

        foreach (var (component, _, _) in _parts)
        {
            component.IsBegun |= _first == 0;
        }

        used = bits.Used;
        return true;
    }

    private bool TryReadBlock(ref JpegBits bits, JpegComponent component, JpegHuffmanTable? dc, JpegHuffmanTable? ac, int block)
    {
        if (_first == 0 && _refines)
        {
            return bits.TrySkip(1);
        }

        if (_first == 0 && !(dc is not null && bits.TryRead(dc, out var length) && length <= LongestValue && bits.TrySkip(length)))
        {
            return false;
        }

        if (_last == 0)
        {
            return true;
        }

        return ac is not null && (_refines
            ? TryRefine(ref bits, ac, ref component.NonZero[block])
            : _frame.IsProgressive ? TryReadBand(ref bits, ac, ref component.NonZero[block])
            : TryReadWhole(ref bits, ac));
    }

    private static bool TryReadWhole(ref JpegBits bits, JpegHuffmanTable ac)
    {
        for (var k = 1; k < Coefficients; k++)
        {
            if (!bits.TryRead(ac, out var value))
            {
                return false;
            }

            var (zeros, length) = (value >> 4, value & 15);
            if (length == 0 && zeros != SixteenZeros)
            {
                return true;
            }

            k += zeros;
            if (!bits.TrySkip(length))
            {
                return false;
            }
        }

        return true;
    }

    // Figure G.3: the first scan of a band.
    private bool TryReadBand(ref JpegBits bits, JpegHuffmanTable ac, ref ulong nonZero)
    {
        if (_endRun > 0)
        {
            _endRun--;
            return true;
        }

        for (var k = _first; k <= _last; k++)
        {
            if (!bits.TryRead(ac, out var value))
            {
                return false;
            }

            var (zeros, length) = (value >> 4, value & 15);
            if (length == 0 && zeros != SixteenZeros)
            {
                if (!bits.TryRead(zeros, out var more))
                {
                    return false;
                }

                _endRun = (1 << zeros) + more - 1;
                return true;
            }

            k += zeros;
            if (!bits.TrySkip(length))
            {
                return false;
            }

            nonZero |= length > 0 && k < Coefficients ? 1UL << k : 0;
        }

        return true;
    }

    // Figure G.7: every coefficient that is not 0 has one bit more, and some that were 0 begin.
    private bool TryRefine(ref JpegBits bits, JpegHuffmanTable ac, ref ulong nonZero)
    {
        var k = _first;
        if (_endRun == 0)
        {
            for (; k <= _last; k++)
            {
                if (!bits.TryRead(ac, out var value))
                {
                    return false;
                }

                var (zeros, length) = (value >> 4, value & 15);
                if (length == 0 && zeros != SixteenZeros)
                {
                    if (!bits.TryRead(zeros, out var more))
                    {
                        return false;
                    }

                    _endRun = (1 << zeros) + more;
                    break;
                }

                if (length > 0 && !bits.TrySkip(1))
                {
                    return false;
                }

                for (; k <= _last; k++)
                {
                    if ((nonZero & (1UL << k)) != 0)
                    {
                        if (!bits.TrySkip(1))
                        {
                            return false;
                        }
                    }
                    else if (--zeros < 0)
                    {
                        break;
                    }
                }

                nonZero |= length > 0 && k <= _last ? 1UL << k : 0;
            }
        }

        if (_endRun > 0)
        {
            for (; k <= _last; k++)
            {
                if ((nonZero & (1UL << k)) != 0 && !bits.TrySkip(1))
                {
                    return false;
                }
            }

            _endRun--;
        }

        return true;
    }
}
