namespace AdaptiveInference.ML.Transforms;

/// <summary>Order in which a network expects the colours of a pixel.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red, as networks trained with OpenCV or CNTK.</summary>
    Bgr,
}
