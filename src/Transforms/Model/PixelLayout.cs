namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>Order of the values of an image in a vector.</summary>
internal enum PixelLayout
{
    /// <summary>Channels, height, width.</summary>
    Planar,

    /// <summary>Height, width, channels.</summary>
    Interleaved,
}
