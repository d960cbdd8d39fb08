namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;

/// <summary>By how many inputs a loop is unrolled, a constant to the JIT.</summary>
internal interface IUnrolled
{
    /// <summary>1, 3, 4 or 7.</summary>
    static abstract int Inputs { get; }
}

/// <summary>Not unrolled: for runs of any length.</summary>
internal readonly struct OneInput : IUnrolled
{
    public static int Inputs => 1;
}

/// <summary>By three: a row of a 3×3 kernel over the planes of an image.</summary>
internal readonly struct ThreeInputs : IUnrolled
{
    public static int Inputs => 3;
}

/// <summary>By four: over a feature map, where every vector has a multiple of four lanes.</summary>
internal readonly struct FourInputs : IUnrolled
{
    public static int Inputs => 4;
}

/// <summary>By seven: a row of a 7×7 kernel over the planes of an image.</summary>
internal readonly struct SevenInputs : IUnrolled
{
    public static int Inputs => 7;
}
