namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>Bits of a JPEG scan: a byte of ones is followed by a stuffed zero, or is a mark that ends the bits.</summary>
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

    /// <summary>Reads the value of the next Huffman code.</summary>
    public bool TryRead(JpegHuffmanTable table, out int value)
    {
        Fill();
        var next = _count >= 16 ? _bits >> (_count - 16) : _bits << (16 - _count);
        (var length, value) = table.Find((uint)(next & 0xFFFF));
        return length > 0 && TryTake(length, out _);
    }

    /// <summary>Reads up to 16 bits as a number.</summary>
    public bool TryRead(int length, out int value)
    {
        Fill();
        return TryTake(length, out value);
    }

    /// <summary>Passes over up to 16 bits.</summary>
    public bool TrySkip(int length) => TryRead(length, out _);

    /// <summary>Continues behind the restart mark that must stand here.</summary>
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

    private bool TryTake(int length, out int value)
    {
        value = 0;
        if (length > _count)
        {
            return false;
        }

        _count -= length;
        value = (int)(_bits >> _count);
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
