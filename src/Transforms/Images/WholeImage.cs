using SkiaSharp;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// Finds pictures that break off although the image library decodes them without a complaint: a broken upload whose end is zeros, or one
/// that was cut and given an end. Their missing part would be scored as if it were gray.
/// </summary>
internal static class WholeImage
{
    /// <summary>Zero bytes in a row that compressed data of a textured picture do not have; flat pictures may.</summary>
    private const int ManyZeros = 32;

    private const string BreaksOff = "the picture breaks off: the file is damaged or incomplete";

    /// <summary>Whether a file looks as if its picture might break off, so that <see cref="Problem"/> is worth its time.</summary>
    public static bool IsSuspicious(ReadOnlySpan<byte> file, SKEncodedImageFormat format) => format switch
    {
        SKEncodedImageFormat.Jpeg => !file.EndsWith(JpegScans.EndOfImage) || HasZeros(file[JpegScans.StartOfData(file)..]),
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
                return state == JpegState.BreaksOff ? BreaksOff : null;
            case SKEncodedImageFormat.Gif:
                return GifFrame.IsWhole(file) ? null : BreaksOff;
            case SKEncodedImageFormat.Webp:
                return WebpData.HasUnreadZeros(file) ? BreaksOff : null;
            default:
                return null;
        }
    }

    private static bool HasZeros(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> zeros = stackalloc byte[ManyZeros];
        return data.IndexOf(zeros) >= 0;
    }
}
