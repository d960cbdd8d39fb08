namespace AdaptiveInference.ML.Transforms.Inference.Simd;

/// <summary>Vector widths that there are kernels for, by their floats.</summary>
internal enum VectorWidth
{
    Bits128 = 4,
    Bits256 = 8,
    Bits512 = 16,
}
