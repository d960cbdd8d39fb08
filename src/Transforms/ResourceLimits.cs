namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// What files from outside may ask of this process. A file of a few kilobytes can describe a picture or a network of many gigabytes, so
/// these limits are compared with what a file's header says before anything of that size is allocated.
/// </summary>
/// <remarks>
/// The limits hold for the whole process, because ML.NET loads models and makes prediction engines without a place for options. Set them once
/// when the application starts, before models are loaded and images are read. Values may be changed from any thread; work that has begun keeps
/// the limit that it began with.
/// </remarks>
public static class ResourceLimits
{
    /// <summary>Default of <see cref="MaximumImagePixels"/>: room for the 108 megapixels of the largest common phone cameras.</summary>
    public const long DefaultMaximumImagePixels = 128_000_000;

    private static long s_maximumImagePixels = DefaultMaximumImagePixels;

    /// <summary>Most pixels (width × height) of an encoded image, from 1. The default is 128 million.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static long MaximumImagePixels
    {
        get => Volatile.Read(ref s_maximumImagePixels);
        set => Volatile.Write(ref s_maximumImagePixels, AtLeastOne(value));
    }

    private static long AtLeastOne(long value)
        => value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), $"A limit must be at least 1, got {value}.");
}
