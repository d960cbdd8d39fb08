namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>Whole numbers of pieces that cover something.</summary>
internal static class Multiples
{
    /// <summary>Pieces of a size that cover a whole; the last may be smaller.</summary>
    public static int Count(int whole, int size) => (whole + size - 1) / size;

    /// <summary>The next multiple of a unit.</summary>
    public static int RoundUp(int value, int unit) => Count(value, unit) * unit;

    /// <summary>The size of a piece when as few as a largest size allows cover a whole evenly.</summary>
    public static int Even(int whole, int most) => Count(whole, Count(whole, most));
}
