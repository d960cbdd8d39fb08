using System.Buffers.Binary;
using SkiaSharp;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>Distinguishes zeros that belong to a WebP picture, such as a flat one, from zeros that replaced its data.</summary>
internal static class WebpData
{
    private const int HeaderBytes = 12;
    private const int ChunkHeaderBytes = 8;

    /// <summary>Zeros at the end that are worth the second look; encoders leave a few.</summary>
    private const int ManyZeros = 32;

    /// <summary>A picture is decoded this much smaller for the second look: every code is read all the same.</summary>
    private const float Scale = 0.1f;

    /// <summary>
    /// Whether the pixel data end in zeros that the decoder does not read: it is run again without the last of them. Zeros stand for
    /// likely codes, so that the missing part of a picture takes fewer of them than it had bytes; a whole picture's data are read to their
    /// end.
    /// </summary>
    public static bool HasUnreadZeros(ReadOnlySpan<byte> file)
    {
        for (var start = HeaderBytes; start < file.Length - ChunkHeaderBytes;)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(file[(start + 4)..]);
            var content = file[(start + ChunkHeaderBytes)..];
            if (length > (uint)content.Length)
            {
                return false;
            }

            content = content[..(int)length];
            if (file[start..].StartsWith("VP8 "u8) || file[start..].StartsWith("VP8L"u8))
            {
                var zeros = content.Length - content.LastIndexOfAnyExcept((byte)0) - 1;
                return zeros >= ManyZeros && IsDecoded(Shortened(file, start, content.Length - (ManyZeros / 2)));
            }

            start += ChunkHeaderBytes + content.Length + (content.Length & 1);
        }

        return false;
    }

    // The file up to this chunk, whose content is cut to a length.
    private static byte[] Shortened(ReadOnlySpan<byte> file, int chunk, int length)
    {
        byte[] cut = [.. file[..(chunk + ChunkHeaderBytes + length)], .. new byte[length & 1]];
        BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(chunk + 4), length);
        BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(4), cut.Length - ChunkHeaderBytes);
        return cut;
    }

    private static bool IsDecoded(byte[] file)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data);
        if (codec is null)
        {
            return false;
        }

        var size = codec.GetScaledDimensions(Scale);
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        using var bitmap = new SKBitmap();
        return bitmap.TryAllocPixels(info) && codec.GetPixels(info, bitmap.GetPixels()) == SKCodecResult.Success;
    }
}
