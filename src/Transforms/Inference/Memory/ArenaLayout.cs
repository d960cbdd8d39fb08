using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>
/// Hands out places in the arena while a plan is compiled. Every worker's arena has the same layout, so compiled layers store offsets and
/// serve all workers. Nothing is ever placed twice: borders that start as zeros stay zeros.
/// </summary>
internal sealed class ArenaLayout(VectorWidth width, int workers = 1)
{
    private const int CacheLine = 16;

    // Tiles compute whole blocks of pixels and drop what lies beyond the map; they may read that far behind the last one.
    private const int PixelsReadBeyond = 40;

    private readonly Dictionary<string, FeatureMap> _shared = [];
    private long _next;

    /// <summary>Floats per vector.</summary>
    public int Lanes { get; } = (int)width;

    /// <summary>Cores that may work at one image.</summary>
    public int Workers { get; } = workers;

    /// <summary>Floats needed so far, with what tiles may read behind the end.</summary>
    public long Length => _next + (PixelsReadBeyond * Lanes);

    /// <summary>Floats in front of the arena's origin, for what layers need only while they run.</summary>
    public long ScratchLength { get; private set; }

    /// <summary>Place for a feature map and the sums of its channels.</summary>
    public FeatureMap Map(int channels, int height, int width)
    {
        var sums = Vector(Multiples.RoundUp(channels, Lanes));
        var map = new FeatureMap(channels, height, width, Lanes, border: 1, _next, sums);
        Take(map.Length);
        return map;
    }

    /// <summary>Place for the image: one plane per channel.</summary>
    /// <param name="shape">Its size.</param>
    /// <param name="border">Half of the stem's kernel.</param>
    public FeatureMap Image(ImageShape shape, int border)
    {
        var map = new FeatureMap(shape.Channels, shape.Height, shape.Width, lanes: 1, border, _next, sums: 0);
        Take(map.Length);
        return map;
    }

    /// <summary>One map for all layers that need one of this shape for this purpose, never at the same time.</summary>
    public FeatureMap SharedMap(string purpose, int channels, int height, int width)
    {
        var key = $"{purpose} {channels}×{height}×{width}";
        if (!_shared.TryGetValue(key, out var map))
        {
            _shared.Add(key, map = Map(channels, height, width));
        }

        return map;
    }

    /// <summary>Place for a plain vector, rounded up to whole groups; the result is its offset.</summary>
    public long Vector(long length)
    {
        var offset = _next;
        Take(length);
        return offset;
    }

    /// <summary>
    /// Place for what a layer needs only while it runs; every layer gets the same one. It ends at the arena's origin, so that its offset, a
    /// negative one, is known before the largest need is.
    /// </summary>
    public long Scratch(long length)
    {
        ScratchLength = Math.Max(ScratchLength, RoundUp(length));
        return -RoundUp(length);
    }

    private static long RoundUp(long length) => (length + CacheLine - 1) / CacheLine * CacheLine;

    private void Take(long length) => _next += RoundUp(length);
}
