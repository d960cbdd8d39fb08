using System.Buffers.Binary;
using SkiaSharp;

namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>Image files: whole ones, broken ones, and ones that lie about their size.</summary>
internal static class Images
{
    public static byte[] Picture(int seed, SKEncodedImageFormat format = SKEncodedImageFormat.Png, int side = 32, SKColor? colour = null)
    {
        var random = new Random(seed);
        using var bitmap = new SKBitmap(side, side);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(colour ?? Colour(random));
            for (var i = 0; i < 6; i++)
            {
                using var paint = new SKPaint { Color = Colour(random) };
                canvas.DrawCircle(random.Next(side), random.Next(side), random.Next(2, side / 2), paint);
            }
        }

        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    public static byte[] FirstHalf(byte[] file) => file[..(file.Length / 2)];

    /// <summary>A PNG of a few dozen bytes whose header names any size.</summary>
    public static byte[] PngOfSize(int width, int height)
    {
        var file = Picture(1);

        // Signature (8), length and type of the first chunk (8), width, height, five more bytes, then the checksum of type and content.
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29), Checksum(file.AsSpan(12, 17)));
        return file;
    }

    /// <summary>A GIF whose header names any size.</summary>
    public static byte[] GifOfSize(ushort width, ushort height)
    {
        byte[] file =
        [
            .. "GIF89a"u8, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x44, 1, 0, 0x3b,
        ];
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(6), width);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), height);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(24), width);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(26), height);
        return file;
    }

    private static SKColor Colour(Random random) => new((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var value in bytes)
        {
            sum ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum >> 1) ^ ((sum & 1) * 0xEDB88320);
            }
        }

        return ~sum;
    }
}
