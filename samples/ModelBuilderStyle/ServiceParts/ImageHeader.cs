using SkiaSharp;

namespace ModelBuilderStyle.ServiceParts;

/// <summary>Looks at an image file before it is decoded.</summary>
internal static class ImageHeader
{
    private static readonly SKEncodedImageFormat[] Formats =
    [
        SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Bmp, SKEncodedImageFormat.Gif, SKEncodedImageFormat.Webp,
    ];

    /// <summary>
    /// Reads the header with the decoder that will decode the image: a file of a few kilobytes that says it has a billion pixels costs
    /// nothing but this look.
    /// </summary>
    /// <param name="file">The image file.</param>
    /// <param name="maxPixels">Most pixels that may be decoded.</param>
    /// <returns>How many pixels it has.</returns>
    /// <exception cref="ImageException">It is empty, no image, or has too many pixels.</exception>
    public static long CountPixels(byte[] file, int maxPixels)
    {
        if (file.Length == 0)
        {
            throw new ImageException(ImageFault.Empty, "The image is empty.");
        }

        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data);
        if (codec is null || !Formats.Contains(codec.EncodedFormat) || codec.Info.Width <= 0 || codec.Info.Height <= 0)
        {
            throw Unreadable(file.Length);
        }

        var pixels = (long)codec.Info.Width * codec.Info.Height;
        return pixels <= maxPixels
            ? pixels
            : throw new ImageException(
                ImageFault.TooLarge,
                $"The image has {codec.Info.Width} × {codec.Info.Height} = {pixels} pixels; at most {maxPixels} are decoded.");
    }

    /// <summary>What to say of a file that does not decode.</summary>
    /// <param name="length">Bytes of the file.</param>
    /// <param name="problem">What the library says is wrong, if anything.</param>
    public static ImageException Unreadable(int length, string? problem = null) => new(
        ImageFault.Unreadable,
        problem is null
            ? $"The {length} bytes are no image that can be decoded (PNG, JPEG, BMP, GIF or WebP), or a damaged or incomplete one."
            : $"The image cannot be classified: {problem}.");
}
