namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// What files from outside may ask of this process. A file of a few kilobytes can describe a picture or a network of many gigabytes, so
/// these limits are compared with what a file's header says before anything of that size is allocated.
/// </summary>
/// <remarks>
/// The limits hold for the whole process, because ML.NET loads models and makes prediction engines without a place for options. Set them
/// once when the application starts, before models are loaded and images are read. Values may be changed from any thread; work that has
/// begun keeps the limit that it began with.
/// </remarks>
public static class ResourceLimits
{
    /// <summary>Default of <see cref="MaximumImagePixels"/>: room for the 108 megapixels of the largest common phone cameras.</summary>
    internal const long DefaultMaximumImagePixels = 128_000_000;

    /// <summary>Default of <see cref="MaximumNetworkMacs"/>: room for ResNet-152 at 512×512 pixels.</summary>
    internal const long DefaultMaximumNetworkMacs = 64_000_000_000;

    /// <summary>Default of <see cref="MaximumNetworkWeights"/>: room for ResNet-152 with 100,000 classes.</summary>
    internal const long DefaultMaximumNetworkWeights = 400_000_000;

    /// <summary>Default of <see cref="MaximumScratchBytes"/>: room for ResNet-50 at 720×720 pixels.</summary>
    internal const long DefaultMaximumScratchBytes = 192L << 20;

    private static long s_maximumImagePixels = DefaultMaximumImagePixels;
    private static long s_maximumNetworkMacs = DefaultMaximumNetworkMacs;
    private static long s_maximumNetworkWeights = DefaultMaximumNetworkWeights;
    private static long s_maximumScratchBytes = DefaultMaximumScratchBytes;

    /// <summary>Most pixels (width × height) of an encoded image, from 1. The default is 128 million.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static long MaximumImagePixels
    {
        get => Volatile.Read(ref s_maximumImagePixels);
        set => Volatile.Write(ref s_maximumImagePixels, AtLeastOne(value));
    }

    /// <summary>
    /// Most multiply–accumulates (MACs) of a network for one image that passes every block, gate and head, from 1. They bound the time of a
    /// prediction. The default is 64 billion.
    /// </summary>
    /// <remarks>Compared when a model is loaded or imported and when training starts, as the two limits below are.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static long MaximumNetworkMacs
    {
        get => Volatile.Read(ref s_maximumNetworkMacs);
        set => Volatile.Write(ref s_maximumNetworkMacs, AtLeastOne(value));
    }

    /// <summary>
    /// Most weights of a network, from 1. A weight takes 4 bytes as it is stored and 4 to 22 more in the order in which scoring reads it.
    /// The default is 400 million.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static long MaximumNetworkWeights
    {
        get => Volatile.Read(ref s_maximumNetworkWeights);
        set => Volatile.Write(ref s_maximumNetworkWeights, AtLeastOne(value));
    }

    /// <summary>
    /// Most bytes that the pixels and feature maps of one image may take in scoring, from 1. Images that are scored at the same time have
    /// feature maps of their own: those of one network take at most sixteen times as much together, and further images wait. The default is
    /// 192 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static long MaximumScratchBytes
    {
        get => Volatile.Read(ref s_maximumScratchBytes);
        set => Volatile.Write(ref s_maximumScratchBytes, AtLeastOne(value));
    }

    private static long AtLeastOne(long value)
        => value >= 1 ? value : throw new ArgumentOutOfRangeException(
            nameof(value), FormattableString.Invariant($"A limit must be at least 1, got {value}."));
}
