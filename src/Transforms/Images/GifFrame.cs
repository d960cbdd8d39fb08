using System.Buffers.Binary;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>Counts the pixels of a GIF file's first frame, whose LZW codes are followed without the pixels themselves.</summary>
internal static class GifFrame
{
    private const int HeaderBytes = 13;
    private const int DescriptorBytes = 10;
    private const int LongestCode = 12;

    /// <summary>Whether the codes give every pixel of the frame.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderBytes)
        {
            return false;
        }

        var position = HeaderBytes + TableBytes(file[10]);
        while (position < file.Length)
        {
            switch (file[position])
            {
                case 0x21:
                    position = AfterBlocks(file, position + 2);
                    break;
                case 0x2C when position + DescriptorBytes < file.Length:
                    var pixels = (long)BinaryPrimitives.ReadUInt16LittleEndian(file[(position + 5)..])
                        * BinaryPrimitives.ReadUInt16LittleEndian(file[(position + 7)..]);
                    position += DescriptorBytes + TableBytes(file[position + 9]);
                    return position < file.Length && Pixels(file[(position + 1)..], file[position], pixels) >= pixels;
                default:
                    return false;
            }
        }

        return false;
    }

    private static int TableBytes(byte flags) => (flags & 0x80) != 0 ? 3 << ((flags & 7) + 1) : 0;

    private static int AfterBlocks(ReadOnlySpan<byte> file, int position)
    {
        while (position < file.Length && file[position] != 0)
        {
            position += file[position] + 1;
        }

        return position + 1;
    }

    private static long Pixels(ReadOnlySpan<byte> data, int bitsOfPixel, long wanted)
    {
        if (bitsOfPixel is < 1 or >= LongestCode)
        {
            return 0;
        }

        // Length of what each code stands for.
        var lengths = new int[1 << LongestCode];
        var clear = 1 << bitsOfPixel;
        var (next, width, previous) = (clear + 2, bitsOfPixel + 1, 0);
        var (bits, count, block) = (0u, 0, 0);
        var pixels = 0L;
        for (var i = 0; pixels < wanted; )
        {
            while (count < width)
            {
                if (block == 0)
                {
                    if (i >= data.Length || data[i] == 0)
                    {
                        return pixels;
                    }

                    block = data[i++];
                }

                if (i >= data.Length)
                {
                    return pixels;
                }

                bits |= (uint)data[i++] << count;
                (count, block) = (count + 8, block - 1);
            }

            var code = (int)(bits & ((1u << width) - 1));
            (bits, count) = (bits >> width, count - width);
            if (code == clear)
            {
                (next, width, previous) = (clear + 2, bitsOfPixel + 1, 0);
                continue;
            }

            if (code == clear + 1 || code > next || (code == next && previous == 0))
            {
                return pixels;
            }

            var length = code < clear ? 1 : code == next ? previous + 1 : lengths[code];
            pixels += length;
            if (previous > 0 && next < lengths.Length)
            {
                lengths[next++] = previous + 1;
                width += next == 1 << width && width < LongestCode ? 1 : 0;
            }

            previous = length;
        }

        return pixels;
    }
}
