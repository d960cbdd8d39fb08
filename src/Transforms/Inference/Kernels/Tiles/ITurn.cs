namespace AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;

/// <summary>Inputs that one turn of a loop multiplies, a constant to the JIT.</summary>
internal interface ITurn
{
    /// <summary>1, 3, 4 or 7.</summary>
    static abstract int Inputs { get; }
}

/// <summary>For any run.</summary>
internal readonly struct OneInput : ITurn
{
    public static int Inputs => 1;
}

/// <summary>Over the planes of an image: a row of a 3×3 kernel.</summary>
internal readonly struct ThreeInputs : ITurn
{
    public static int Inputs => 3;
}

/// <summary>Over a feature map: of a pixel's lanes, of which every vector has a multiple of four.</summary>
internal readonly struct FourInputs : ITurn
{
    public static int Inputs => 4;
}

/// <summary>Over the planes of an image: a row of a 7×7 kernel.</summary>
internal readonly struct SevenInputs : ITurn
{
    public static int Inputs => 7;
}
