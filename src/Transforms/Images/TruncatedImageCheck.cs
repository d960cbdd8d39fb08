using SkiaSharp;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// Finds pictures that break off although the image library decodes them without a complaint: a broken upload whose end is zeros, or one
/// that was cut and given an end. Their missing part would be scored as if it were gray.
/// </summary>
internal static class TruncatedImageCheck
{
    /// <summary>Zero bytes in a row that compressed data of a textured picture do not have; flat pictures may.</summary>
    private const int ManyZeros = 32;

    /// <summary>JPEG files up to this size are always looked into: it takes less time than decoding them.</summary>
    private const int SmallFile = 128 << 10;

    /// <summary>What to say of a picture that is not whole.</summary>
    public const string BreaksOff = "the picture breaks off: the file is damaged or incomplete";

    private static readonly string TooManyScans = $"the JPEG file has more than {JpegScans.MostScans} scans, which no picture needs";

    /// <summary>Whether a file looks as if its picture might break off, so that <see cref="Problem"/> is worth its time.</summary>
    public static bool IsSuspicious(ReadOnlySpan<byte> file, SKEncodedImageFormat format) => format switch
    {
        SKEncodedImageFormat.Jpeg => file.Length <= SmallFile || !file.EndsWith(JpegScans.EndOfImage) || IsSuspiciousJpeg(file),
        SKEncodedImageFormat.Webp or SKEncodedImageFormat.Gif => HasZeros(file),
        _ => false,
    };

    /// <summary>What is wrong with the picture, or null when it is whole or cannot be told.</summary>
    /// <param name="file">The file.</param>
    /// <param name="format">Its format.</param>
    /// <param name="lacksEnd">Whether nothing is missing but the mark of the end, without which the image library refuses the file.</param>
    public static string? Problem(ReadOnlySpan<byte> file, SKEncodedImageFormat format, out bool lacksEnd)
    {
        lacksEnd = false;
        switch (format)
        {
            case SKEncodedImageFormat.Jpeg:
                var state = JpegScans.Check(file);
                lacksEnd = state == JpegState.LacksEnd;
                return state switch
                {
                    JpegState.BreaksOff => BreaksOff,
                    JpegState.TooManyScans => TooManyScans,
                    _ => null,
                };
            case SKEncodedImageFormat.Gif:
                return GifFrame.IsWhole(file) ? null : BreaksOff;
            case SKEncodedImageFormat.Webp:
                return WebpData.HasUnreadZeros(file) ? BreaksOff : null;
            default:
                return null;
        }
    }

    // A progressive picture that was cut is less sharp in a part, which nothing else shows.
    private static bool IsSuspiciousJpeg(ReadOnlySpan<byte> file)
    {
        var (start, isProgressive) = JpegScans.StartOfData(file);
        return isProgressive || HasZeros(file[start..]);
    }

    private static bool HasZeros(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> zeros = stackalloc byte[ManyZeros];
        return data.IndexOf(zeros) >= 0;
    }
}
