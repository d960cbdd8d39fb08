using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Cost;

namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>
/// Shape of a feature map of 8-bit values and its place in every worker's arena: [row][column][channel], so that a row of a kernel reads
/// one run of neighbouring bytes. Around it lies a border that stands for the padding and holds the number that means zero: one pixel, of
/// an image more.
/// </summary>
internal sealed unsafe class ByteMap
{
    /// <summary>
    /// Channels of a pixel are rounded up to a multiple of this many; weights of those beyond the last are zero. Kernels read as many at a
    /// time.
    /// </summary>
    public const int ChannelUnit = 16;

    /// <summary>Bytes of a channel of an image.</summary>
    public const int ImageChannel = sizeof(short);

    /// <summary>Bytes of an image that a kernel reads at a time, across pixels: those of two channels.</summary>
    public const int ImageUnit = 2 * ImageChannel;

    /// <summary>Describes a map.</summary>
    /// <param name="channels">Channels.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="start">Floats from the arena's origin to the border's first byte; known later than the size is.</param>
    /// <param name="notFinite">Floats from the arena's origin to one float for each row.</param>
    public ByteMap(int channels, int height, int width, long start, long notFinite)
        : this(channels, height, width, MapBorder.Width, Multiples.RoundUp(channels, ChannelUnit), start, notFinite)
    {
    }

    private ByteMap(int channels, int height, int width, int border, int pixelStride, long start, long notFinite)
    {
        (Channels, Height, Width, Border, Start, NotFinite) = (channels, height, width, border, start, notFinite);
        PixelStride = pixelStride;
        RowStride = checked((width + (2 * border)) * PixelStride);
    }

    /// <summary>Describes an image of 16-bit values.</summary>
    /// <param name="channels">Channels.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="border">Pixels of the border on every side.</param>
    /// <param name="start">Floats from the arena's origin to the border's first byte.</param>
    /// <param name="notFinite">Floats from the arena's origin to one float for each row.</param>
    public static ByteMap Image(int channels, int height, int width, int border, long start, long notFinite)
        => new(channels, height, width, border, channels * ImageChannel, start, notFinite);

    public int Channels { get; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Pixels of the border on every side.</summary>
    public int Border { get; }

    /// <summary>Bytes from a pixel to the next.</summary>
    public int PixelStride { get; }

    /// <summary>Bytes from a pixel to the one below.</summary>
    public int RowStride { get; }

    /// <summary>Bytes of the map, border included.</summary>
    public long Length => (long)RowStride * (Height + (2 * Border));

    /// <summary>Floats from the arena's origin to the border's first byte.</summary>
    public long Start { get; }

    /// <summary>
    /// Floats from the arena's origin to one float for each row: 0, or NaN where a value of the row was not finite, which 8 bits cannot
    /// say.
    /// </summary>
    public long NotFinite { get; }

    /// <summary>The first pixel in an arena.</summary>
    public byte* First(float* arena) => (byte*)(arena + Start) + (Border * (RowStride + PixelStride));

    /// <summary>0, or NaN where a value of any row was not finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float SumNotFinite(float* arena)
    {
        var sum = 0f;
        for (var y = 0; y < Height; y++)
        {
            sum += arena[NotFinite + y];
        }

        return sum;
    }
}
