using System.Buffers.Binary;

namespace ModelBuilderStyle.ImageData;

/// <summary>
/// Writes pixels as an uncompressed Windows bitmap: the smallest wrapping by which plain pixels pass through a pipeline that reads image
/// files, and lossless.
/// </summary>
public static class BitmapFile
{
    private const int FileHeaderLength = 14;
    private const int InfoHeaderLength = 40;
    private const int PaletteLength = 256 * 4;

    /// <summary>Encodes one image.</summary>
    /// <param name="pixels">Channel by channel, row by row from the top.</param>
    /// <param name="channels">1 (gray, written with a palette of 256 grays) or 3 (red, green, blue).</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="width">Width in pixels.</param>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int channels, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, channels * height * width);
        if (channels is not (1 or 3))
        {
            throw new ArgumentException($"Bitmaps have 1 or 3 channels, got {channels}.", nameof(channels));
        }

        // Rows start at multiples of four bytes, the bottom row first.
        var stride = ((channels * width) + 3) / 4 * 4;
        var start = FileHeaderLength + InfoHeaderLength + (channels == 1 ? PaletteLength : 0);
        var file = new byte[start + (stride * height)];
        WriteHeaders(file, start, channels, height, width);
        var plane = height * width;
        for (var y = 0; y < height; y++)
        {
            var row = file.AsSpan(start + (stride * (height - 1 - y)));
            for (var x = 0; x < width; x++)
            {
                for (var channel = 0; channel < channels; channel++)
                {
                    // Bitmaps hold blue, green, red.
                    row[(x * channels) + channels - 1 - channel] = pixels[(channel * plane) + (y * width) + x];
                }
            }
        }

        return file;
    }

    private static void WriteHeaders(Span<byte> file, int start, int channels, int height, int width)
    {
        file[0] = (byte)'B';
        file[1] = (byte)'M';
        BinaryPrimitives.WriteInt32LittleEndian(file[2..], file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file[10..], start);
        var info = file[FileHeaderLength..];
        BinaryPrimitives.WriteInt32LittleEndian(info, InfoHeaderLength);
        BinaryPrimitives.WriteInt32LittleEndian(info[4..], width);
        BinaryPrimitives.WriteInt32LittleEndian(info[8..], height);
        BinaryPrimitives.WriteInt16LittleEndian(info[12..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(info[14..], (short)(8 * channels));
        BinaryPrimitives.WriteInt32LittleEndian(info[20..], file.Length - start);
        if (channels != 1)
        {
            return;
        }

        BinaryPrimitives.WriteInt32LittleEndian(info[32..], 256);
        var palette = info[InfoHeaderLength..];
        for (var gray = 0; gray < 256; gray++)
        {
            palette.Slice(4 * gray, 3).Fill((byte)gray);
        }
    }
}
