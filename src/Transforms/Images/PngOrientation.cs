using System.Buffers.Binary;
using SkiaSharp;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// Reads the orientation that a PNG file carries in its eXIf chunk, which this version of the image library leaves out.
/// </summary>
internal static class PngOrientation
{
    private const int SignatureBytes = 8;
    private const int ChunkOverhead = 12;
    private const int EntryBytes = 12;
    private const ushort OrientationTag = 274;
    private const ushort ShortType = 3;

    /// <summary>The orientation; upright when there is none or it makes no sense.</summary>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> file)
    {
        for (var rest = file.Length > SignatureBytes ? file[SignatureBytes..] : []; rest.Length >= ChunkOverhead;)
        {
            // Length, name, content, checksum.
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > (uint)(rest.Length - ChunkOverhead))
            {
                break;
            }

            if (rest.Slice(4, 4).SequenceEqual("eXIf"u8))
            {
                return OfTiff(rest.Slice(8, (int)length));
            }

            rest = rest[((int)length + ChunkOverhead)..];
        }

        return SKEncodedOrigin.TopLeft;
    }

    private static SKEncodedOrigin OfTiff(ReadOnlySpan<byte> tiff)
    {
        // Some writers put the prefix of JPEG's APP1 segment before it.
        if (tiff.StartsWith("Exif\0\0"u8))
        {
            tiff = tiff["Exif\0\0".Length..];
        }

        if (tiff.Length < 8 || !(tiff.StartsWith("II"u8) || tiff.StartsWith("MM"u8)))
        {
            return SKEncodedOrigin.TopLeft;
        }

        var little = tiff[0] == 'I';
        var directory = Word(tiff[4..], little);
        if (directory > (uint)(tiff.Length - 2))
        {
            return SKEncodedOrigin.TopLeft;
        }

        var entries = tiff[((int)directory + 2)..];
        for (int count = Half(tiff[(int)directory..], little); count > 0 && entries.Length >= EntryBytes; count--)
        {
            var (tag, type, value) = (Half(entries, little), Half(entries[2..], little), Half(entries[8..], little));
            if (tag == OrientationTag && type == ShortType && value is >= 1 and <= 8)
            {
                return (SKEncodedOrigin)value;
            }

            entries = entries[EntryBytes..];
        }

        return SKEncodedOrigin.TopLeft;
    }

    private static ushort Half(ReadOnlySpan<byte> bytes, bool little)
        => little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint Word(ReadOnlySpan<byte> bytes, bool little)
        => little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
