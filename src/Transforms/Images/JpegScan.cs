namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>Walks through the blocks of one scan of a baseline JPEG.</summary>
/// <param name="blocks">Tables of each block of a unit.</param>
/// <param name="units">Units of the scan.</param>
/// <param name="interval">Units between restart marks; 0 when there are none.</param>
/// <param name="components">Components of the scan.</param>
internal sealed class JpegScan((JpegHuffmanTable Dc, JpegHuffmanTable Ac)[] blocks, long units, int interval, int components)
{
    private const int Coefficients = 64;
    private const int SkipSixteen = 15;

    /// <summary>Components of the scan.</summary>
    public int Components => components;

    /// <summary>Walks through all blocks.</summary>
    /// <param name="data">The file from the first byte of the scan on.</param>
    /// <param name="used">Bytes that the blocks take.</param>
    /// <returns>Whether all of them are there.</returns>
    public bool Read(ReadOnlySpan<byte> data, out int used)
    {
        var bits = new JpegBits(data);
        used = 0;
        for (var unit = 0L; unit < units; unit++)
        {
            if (interval > 0 && unit > 0 && unit % interval == 0 && !bits.TryRestart())
            {
                return false;
            }

            foreach (var (dc, ac) in blocks)
            {
                if (!TryReadBlock(ref bits, dc, ac))
                {
                    return false;
                }
            }
        }

        used = bits.Used;
        return true;
    }

    private static bool TryReadBlock(ref JpegBits bits, JpegHuffmanTable dc, JpegHuffmanTable ac)
    {
        if (!bits.TryRead(dc, out var value) || value > 16 || !bits.TrySkip(value))
        {
            return false;
        }

        for (var coefficient = 1; coefficient < Coefficients; coefficient++)
        {
            if (!bits.TryRead(ac, out value))
            {
                return false;
            }

            var (zeros, length) = (value >> 4, value & 15);
            if (length == 0 && zeros != SkipSixteen)
            {
                return true;
            }

            coefficient += zeros;
            if (!bits.TrySkip(length))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Bits of a scan: a byte of ones is followed by a stuffed zero, or is a mark that ends the bits.</summary>
internal ref struct JpegBits(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private ulong _bits;
    private int _count;
    private int _position;

    /// <summary>Bytes up to the one whose bits were read last.</summary>
    public readonly int Used
    {
        get
        {
            // Whole bytes that were taken ahead go back, with their stuffed zeros.
            var position = _position;
            for (var ahead = _count / 8; ahead > 0; ahead--)
            {
                position -= position >= 2 && _data[position - 1] == 0 && _data[position - 2] == 0xFF ? 2 : 1;
            }

            return position;
        }
    }

    public bool TryRead(JpegHuffmanTable table, out int value)
    {
        Fill();
        var next = _count >= 16 ? _bits >> (_count - 16) : _bits << (16 - _count);
        (var length, value) = table.Find((uint)(next & 0xFFFF));
        return length > 0 && TryTake(length);
    }

    public bool TrySkip(int length)
    {
        Fill();
        return TryTake(length);
    }

    /// <summary>Goes on behind the restart mark that must stand here.</summary>
    public bool TryRestart()
    {
        var position = Used;
        while (position + 1 < _data.Length && _data[position] == 0xFF && _data[position + 1] == 0xFF)
        {
            position++;
        }

        if (position + 2 > _data.Length || _data[position] != 0xFF || !JpegScans.IsRestart(_data[position + 1]))
        {
            return false;
        }

        (_position, _bits, _count) = (position + 2, 0, 0);
        return true;
    }

    private bool TryTake(int length)
    {
        if (length > _count)
        {
            return false;
        }

        _count -= length;
        _bits &= (1UL << _count) - 1;
        return true;
    }

    private void Fill()
    {
        while (_count <= 48 && _position < _data.Length)
        {
            var next = _data[_position];
            if (next == 0xFF)
            {
                if (_position + 1 >= _data.Length || _data[_position + 1] != 0)
                {
                    return;
                }

                _position++;
            }

            _position++;
            _bits = (_bits << 8) | next;
            _count += 8;
        }
    }
}
