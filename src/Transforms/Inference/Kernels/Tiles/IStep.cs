namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;

/// <summary>
/// Distance between the pixels that neighbouring outputs read: a constant to the JIT, which turns it into plain displacements.
/// </summary>
internal interface IStep
{
    /// <summary>The distance in floats where a pixel is this many lanes.</summary>
    static abstract int Floats(int lanes);
}

/// <summary>Stride 1 over a feature map.</summary>
internal readonly struct NextPixel : IStep
{
    public static int Floats(int lanes) => lanes;
}

/// <summary>Stride 2 over a feature map.</summary>
internal readonly struct SecondPixel : IStep
{
    public static int Floats(int lanes) => 2 * lanes;
}

/// <summary>Stride 1 over the planes of an image.</summary>
internal readonly struct NextValue : IStep
{
    public static int Floats(int lanes) => 1;
}

/// <summary>Stride 2 over the planes of an image.</summary>
internal readonly struct SecondValue : IStep
{
    public static int Floats(int lanes) => 2;
}
