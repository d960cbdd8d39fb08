using System.Runtime.InteropServices;
using SkiaSharp;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// Decodes an image file held in memory into planar pixels of the size that a network reads: upright, over white, and only when its header
/// claims no more than <see cref="ResourceLimits.MaximumImagePixels"/>.
/// </summary>
internal static class EncodedImage
{
    /// <summary>
    /// A JPEG file is decoded at a half, a quarter or an eighth of its size where the result is at least this many times as large as what
    /// is wanted: then the exact resize after it decides what is seen, and the rest is not computed.
    /// </summary>
    private const int Gap = 2;

    /// <summary>
    /// Images that take more than this many bytes decoded are decoded one at a time, so that memory does not grow with the number of cores.
    /// </summary>
    private const long LargeImage = 64L << 20;

    private const int BytesPerPixel = ImageResampler.Channels;

    private static readonly Lock LargeImageLock = new();

    /// <summary>Reads the size of the upright image from the header.</summary>
    /// <returns>Height and width; null when the bytes are no image.</returns>
    public static unsafe (int Height, int Width)? Measure(ReadOnlySpan<byte> file)
    {
        fixed (byte* start = file)
        {
            using var data = SKData.Create((nint)start, file.Length);
            using var codec = Open(data);
            return codec is null ? null : Orientation.StoredSize(OriginOf(codec, file), codec.Info.Height, codec.Info.Width);
        }
    }

    /// <summary>Decodes, resizes and splits into planes.</summary>
    /// <param name="file">The image file.</param>
    /// <param name="resizing">How the proportions of the upright image are treated.</param>
    /// <param name="shape">Size of the result; 1 or 3 channels.</param>
    /// <param name="pixels">Receives the planes; see <see cref="PlanarPixels"/>.</param>
    /// <returns>What is wrong with the image, or null.</returns>
    public static string? Read(ReadOnlySpan<byte> file, ResizingKind resizing, ImageShape shape, Span<float> pixels)
    {
        if (Read(file, resizing, shape, pixels, out var lacksEnd) is { } problem)
        {
            return problem;
        }

        return lacksEnd ? Read([.. file, .. JpegScans.EndOfImage], resizing, shape, pixels, out _) : null;
    }

    private static unsafe string? Read(
        ReadOnlySpan<byte> file, ResizingKind resizing, ImageShape shape, Span<float> pixels, out bool lacksEnd)
    {
        lacksEnd = false;
        fixed (byte* start = file)
        {
            using var data = SKData.Create((nint)start, file.Length);
            using var codec = Open(data);
            if (codec is null)
            {
                return Undecodable(file);
            }

            var size = (long)codec.Info.Width * codec.Info.Height;
            var limit = ResourceLimits.MaximumImagePixels;
            if (size > limit)
            {
                return $"the image has {codec.Info.Width} × {codec.Info.Height} = {size} pixels and the limit is {limit} "
                    + $"({nameof(ResourceLimits)}.{nameof(ResourceLimits.MaximumImagePixels)})";
            }

            var isChecked = TruncatedImageCheck.IsSuspicious(file, codec.EncodedFormat);
            if (isChecked && TruncatedImageCheck.Problem(file, codec.EncodedFormat, out lacksEnd) is { } problem)
            {
                return problem;
            }

            if (lacksEnd)
            {
                return null;
            }

            if (!Decode(codec, OriginOf(codec, file), resizing, shape, pixels, out var endsFlat))
            {
                return TruncatedImageCheck.BreaksOff;
            }

            // Where a picture ran out of data, its last rows are of one colour.
            return endsFlat && !isChecked ? TruncatedImageCheck.Problem(file, codec.EncodedFormat, out _) : null;
        }
    }

    private static string Undecodable(ReadOnlySpan<byte> file)
        => $"{file.Length} bytes are not an image that can be decoded (PNG, JPEG, BMP, GIF or WebP)";

    private static SKCodec? Open(SKData data)
    {
        // SKData of no bytes is none at all.
        var codec = data is null ? null : SKCodec.Create(data);
        if (codec is null || (codec.Info.Width > 0 && codec.Info.Height > 0))
        {
            return codec;
        }

        codec.Dispose();
        return null;
    }

    private static SKEncodedOrigin OriginOf(SKCodec codec, ReadOnlySpan<byte> file)
        => codec.EncodedFormat == SKEncodedImageFormat.Png ? PngOrientation.Of(file) : codec.EncodedOrigin;

    private static bool Decode(
        SKCodec codec, SKEncodedOrigin origin, ResizingKind resizing, ImageShape shape, Span<float> pixels, out bool endsFlat)
    {
        // What is seen lies in the middle, and so in the same place of the stored image, however that is turned. Only where the picture
        // stands in the result is said of the upright one.
        var (newHeight, newWidth) = Orientation.StoredSize(origin, shape.Height, shape.Width);
        var stored = ResizeGeometry.Of(resizing, codec.Info.Height, codec.Info.Width, newHeight, newWidth);
        var (uprightHeight, uprightWidth) = Orientation.StoredSize(origin, codec.Info.Height, codec.Info.Width);
        var upright = ResizeGeometry.Of(resizing, uprightHeight, uprightWidth, shape.Height, shape.Width);
        var hasAlpha = codec.Info.AlphaType != SKAlphaType.Opaque;
        var isJpeg = codec.EncodedFormat == SKEncodedImageFormat.Jpeg;
        var (size, scale) = isJpeg ? ScaledSize(codec, stored) : (codec.Info.Size, 1f);
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, hasAlpha ? SKAlphaType.Premul : SKAlphaType.Opaque);

        // A side that is no multiple of the reduction ends within the last reduced pixel; taken for a whole one, it would stretch the
        // picture.
        var resampler = new ImageResampler(
            size.Height, size.Width, stored.Height, stored.Width, stored.Rows * scale, stored.Columns * scale);
        endsFlat = false;
        if (!(isJpeg ? ReadRows(codec, info, resampler, out endsFlat) : ReadAtOnce(codec, info, resampler)))
        {
            return false;
        }

        PlanarPixels.Write(resampler.Result, blueFirst: false, hasAlpha, origin, upright, shape, pixels);
        return true;
    }

    private static (SKSizeI Size, float Scale) ScaledSize(SKCodec codec, in ResizeGeometry geometry)
    {
        // Where the picture is cropped, it is the part that is seen which must be large enough.
        var (height, width) = (
            Gap * geometry.Height * (codec.Info.Height / geometry.Rows.Length),
            Gap * geometry.Width * (codec.Info.Width / geometry.Columns.Length));
        foreach (var scale in (float[])[1 / 8f, 1 / 4f, 1 / 2f])
        {
            var size = codec.GetScaledDimensions(scale);
            if (size.Width >= width && size.Height >= height)
            {
                return (size, scale);
            }
        }

        return (codec.Info.Size, 1f);
    }

    private static unsafe bool ReadRows(SKCodec codec, SKImageInfo info, ImageResampler resampler, out bool endsFlat)
    {
        endsFlat = false;
        if (codec.StartScanlineDecode(info) != SKCodecResult.Success)
        {
            return false;
        }

        var row = new byte[info.RowBytes];
        fixed (byte* start = row)
        {
            for (var y = 0; y < info.Height; y++)
            {
                if (codec.GetScanlines((nint)start, 1, info.RowBytes) != 1)
                {
                    return false;
                }

                resampler.Add(start);
            }
        }

        var end = MemoryMarshal.Cast<byte, uint>(row)[^((info.Width + 7) / 8)..];
        endsFlat = end.IndexOfAnyExcept(end[0]) < 0;
        return true;
    }

    private static unsafe bool ReadAtOnce(SKCodec codec, SKImageInfo info, ImageResampler resampler)
    {
        var bytes = checked((long)info.Width * info.Height * BytesPerPixel);
        var isLarge = bytes > LargeImage;
        if (isLarge)
        {
            LargeImageLock.Enter();
        }

        byte* decoded = null;
        try
        {
            decoded = (byte*)NativeMemory.AllocZeroed(checked((nuint)bytes));
            if (codec.GetPixels(info, (nint)decoded) != SKCodecResult.Success)
            {
                return false;
            }

            for (var y = 0; y < info.Height; y++)
            {
                resampler.Add(decoded + ((long)y * info.Width * BytesPerPixel));
            }

            return true;
        }
        finally
        {
            NativeMemory.Free(decoded);
            if (isLarge)
            {
                LargeImageLock.Exit();
            }
        }
    }
}
