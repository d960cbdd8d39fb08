using System.Buffers.Binary;
using SkiaSharp;

namespace AdaptiveInference.ML.Transforms.Tests.Images;

/// <summary>Puts an EXIF orientation into image files.</summary>
internal static class ExifFiles
{
    public static byte[] With(byte[] file, SKEncodedImageFormat format, int orientation) => format switch
    {
        SKEncodedImageFormat.Jpeg => Jpeg(file, orientation),
        SKEncodedImageFormat.Png => Png(file, orientation),
        _ => Webp(file, orientation),
    };

    public static byte[] PngChunk(ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        var chunk = new byte[content.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        name.CopyTo(chunk.AsSpan(4));
        content.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc(chunk.AsSpan(4, content.Length + 4)));
        return chunk;
    }

    // One directory with the one entry: tag 274, type 3 (short), one value.
    private static byte[] Tiff(int orientation)
        => [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];

    private static byte[] Jpeg(byte[] file, int orientation)
    {
        byte[] content = [.. "Exif\0\0"u8, .. Tiff(orientation)];
        return [.. file[..2], 0xFF, 0xE1, 0, (byte)(content.Length + 2), .. content, .. file[2..]];
    }

    // Behind the signature and the header chunk.
    private static byte[] Png(byte[] file, int orientation) => [.. file[..33], .. PngChunk("eXIf"u8, Tiff(orientation)), .. file[33..]];

    // The extended format: a VP8X chunk that announces EXIF, then the picture, then the metadata.
    private static byte[] Webp(byte[] file, int orientation)
    {
        using var codec = SKCodec.Create(new MemoryStream(file));
        var size = codec.Info.Size;
        byte[] extended = [.. "VP8X"u8, 10, 0, 0, 0, 8, 0, 0, 0, .. Three(size.Width - 1), .. Three(size.Height - 1)];
        var tiff = Tiff(orientation);
        byte[] body = [.. "WEBP"u8, .. extended, .. file[12..], .. "EXIF"u8, (byte)tiff.Length, 0, 0, 0, .. tiff];
        return [.. "RIFF"u8, .. BitConverter.GetBytes(body.Length), .. body];

        static byte[] Three(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
            }
        }

        return ~crc;
    }
}
