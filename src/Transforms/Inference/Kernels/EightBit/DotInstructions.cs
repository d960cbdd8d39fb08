namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>Ways to multiply bytes; of two that a machine has the later one is faster.</summary>
internal enum DotInstructions
{
    /// <summary>With what every processor has.</summary>
    Portable,

    /// <summary>x64 at 128 bits.</summary>
    Ssse3,

    /// <summary>Arm's dot product.</summary>
    Arm,

    /// <summary>x64 at 256 bits.</summary>
    Avx2,

    /// <summary>x64 at 256 bits with an instruction for it.</summary>
    Vnni,

    /// <summary>x64 at 512 bits; of some makers slower than the one before.</summary>
    Avx512,
}
