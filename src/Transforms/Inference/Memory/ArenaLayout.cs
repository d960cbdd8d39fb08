using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>
/// Allocates offsets in the arena while a plan is compiled. Every worker's arena has the same layout, so compiled layers store offsets and
/// serve all workers. Nothing is ever placed twice: borders that start as zeros stay zeros.
/// </summary>
internal sealed class ArenaLayout(VectorWidth width, int workers = 1)
{
    private const int CacheLine = 16;

    private readonly Dictionary<string, FeatureMap> _shared = [];
    private readonly Dictionary<string, ByteMap> _bytes = [];
    private long _next;
    private long _readEnd;

    /// <summary>Floats per vector.</summary>
    public int Lanes { get; } = (int)width;

    /// <summary>Cores that may work at one image.</summary>
    public int Workers { get; } = workers;

    /// <summary>Floats needed so far, with what kernels read behind the end.</summary>
    public long Length => Guarded?.Length ?? Math.Max(_next, _readEnd);

    /// <summary>Floats in front of the arena's origin, for what layers need only while they run.</summary>
    public long ScratchLength { get; private set; }

    /// <summary>Places with forbidden memory between them, where a test asked for it.</summary>
    public GuardedPlaces? Guarded { get; } = MemoryGuard.Current is { } guard ? new GuardedPlaces(guard) : null;

    /// <summary>Place for a feature map and the sums of its channels.</summary>
    public FeatureMap Map(int channels, int height, int width)
    {
        var sums = Vector(Multiples.RoundUp(channels, Lanes));
        return Place(new FeatureMap(channels, height, width, Lanes, MapBorder.Width, _next, sums));
    }

    /// <summary>Place for the image: one plane per channel.</summary>
    /// <param name="shape">Its size.</param>
    /// <param name="border">Half of the stem's kernel.</param>
    public FeatureMap Image(ImageShape shape, int border)
    {
        return Place(new FeatureMap(shape.Channels, shape.Height, shape.Width, lanes: 1, border, _next, sums: 0));
    }

    /// <summary>One map of bytes for all layers that need one of this shape for this purpose, never at the same time.</summary>
    public ByteMap SharedBytes(string purpose, int channels, int height, int width)
    {
        var key = $"{purpose} {channels}×{height}×{width}";
        if (!_bytes.TryGetValue(key, out var map))
        {
            // Where it stands is known when its length is.
            var length = new ByteMap(channels, height, width, start: 0, notFinite: 0).Length;
            map = new ByteMap(channels, height, width, Vector(length / sizeof(float)), Vector(height));
            _bytes.Add(key, map);
        }

        return map;
    }

    /// <summary>Place for the image in 16 bits.</summary>
    /// <param name="shape">Its size.</param>
    /// <param name="kernel">The stem's, which reads whole steps and so more columns than it has.</param>
    public ByteMap SixteenBitImage(ImageShape shape, int kernel)
    {
        var pixel = shape.Channels * ByteMap.ImageChannel;
        var columns = Multiples.Count(Multiples.RoundUp(kernel * pixel, ByteMap.ImageUnit), pixel);
        var border = (kernel / 2) + columns - kernel;
        var length = ByteMap.Image(shape.Channels, shape.Height, shape.Width, border, start: 0, notFinite: 0).Length;
        var start = Vector((length + sizeof(float) - 1) / sizeof(float));
        return ByteMap.Image(shape.Channels, shape.Height, shape.Width, border, start, Vector(shape.Height));
    }

    /// <summary>Makes sure that a kernel stays within the border of a map of bytes.</summary>
    /// <param name="map">What it reads.</param>
    /// <param name="reach">How far.</param>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public static void ReadsBytes(ByteMap map, Reach reach)
    {
        if (Math.Max(Math.Max(reach.Above, reach.Left), Math.Max(reach.Below, Math.Max(reach.Right, reach.Dropped))) > map.Border)
        {
            throw new InvalidOperationException(
                $"A kernel reads beyond the border of a map of {map.Channels}×{map.Height}×{map.Width} bytes: {reach}, and the border has "
                + $"{map.Border} on every side.");
        }
    }

    /// <summary>
    /// Makes sure that a kernel finds what it reads: zeros on all sides that its results depend on, and memory as far as it reads at all.
    /// </summary>
    /// <param name="map">What it reads.</param>
    /// <param name="reach">How far.</param>
    /// <exception cref="InvalidOperationException">The map's border is narrower than what results depend on.</exception>
    public void Reads(FeatureMap map, Reach reach)
    {
        if (reach.Above > map.Border || reach.Left > map.Border || reach.Below > map.BorderBelow || reach.Right > map.BorderRight)
        {
            throw new InvalidOperationException(
                $"A kernel reads beyond the border of a map of {map.Channels}×{map.Height}×{map.Width}: {reach}, and the border has "
                + $"{map.Border} above and left, {map.BorderBelow} below and {map.BorderRight} right.");
        }

        var end = map.End(reach);
        _readEnd = Math.Max(_readEnd, end);
        Guarded?.Reads(map, end - (map.Start + map.Length));
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
        if (Guarded is not null)
        {
            // Kernels write whole vectors.
            return Guarded.Vector((length + Lanes - 1) / Lanes * Lanes);
        }

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
        if (Guarded is not null)
        {
            ScratchLength = Math.Max(ScratchLength, Guarded.ScratchLength(length));
            return Guarded.Scratch(length);
        }

        ScratchLength = Math.Max(ScratchLength, RoundUp(length));
        return -RoundUp(length);
    }

    private FeatureMap Place(FeatureMap map)
    {
        Take(map.Length);
        Guarded?.Map(map);
        return map;
    }

    private static long RoundUp(long length) => (length + CacheLine - 1) / CacheLine * CacheLine;

    private void Take(long length) => _next += RoundUp(length);
}
