using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>Where a convolution of bytes puts its results: bytes or floats.</summary>
internal sealed record EightBitOutput
{
    private EightBitOutput(int height, int width, int channels, int rowStride, int pixelStride, ByteScale to)
        => (Height, Width, Channels, RowStride, PixelStride, To) = (height, width, channels, rowStride, pixelStride, to);

    /// <summary>Null where results are floats.</summary>
    public ByteMap? Bytes { get; private init; }

    /// <summary>Null where results are bytes.</summary>
    public FeatureMap? Floats { get; private init; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Channels that there is room for.</summary>
    public int Channels { get; }

    /// <summary>From a pixel to the one below.</summary>
    public int RowStride { get; }

    /// <summary>From a pixel to the next.</summary>
    public int PixelStride { get; }

    /// <summary>What results stand for.</summary>
    public ByteScale To { get; }

    /// <summary>Bytes: where 0 stands for 0, negative sums are cut off as by a ReLU.</summary>
    public static EightBitOutput Of(ByteMap map, ByteScale to)
        => new(map.Height, map.Width, map.PixelStride, map.RowStride, map.PixelStride, to) { Bytes = map };

    /// <summary>Floats.</summary>
    public static EightBitOutput Of(FeatureMap map)
        => new(map.Height, map.Width, map.Groups * map.Lanes, map.RowStride, map.Lanes, new ByteScale(1, 0)) { Floats = map };
}
