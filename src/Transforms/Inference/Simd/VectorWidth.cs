using System.Runtime.Intrinsics;

namespace AdaptiveInference.ML.Transforms.Inference.Simd;

/// <summary>Vector widths that there are kernels for, by their floats.</summary>
internal enum VectorWidth
{
    Bits128 = 4,
    Bits256 = 8,
    Bits512 = 16,
}

/// <summary>What this machine has.</summary>
internal static class VectorWidths
{
    /// <summary>The widest vectors that the machine computes without emulation. 128 bits work everywhere.</summary>
    public static VectorWidth Best
        => Vector512.IsHardwareAccelerated ? VectorWidth.Bits512
            : Vector256.IsHardwareAccelerated ? VectorWidth.Bits256
            : VectorWidth.Bits128;

    /// <summary>All widths up to the best, which tests run side by side.</summary>
    public static IEnumerable<VectorWidth> Available => Enum.GetValues<VectorWidth>().Where(width => width <= Best);
}
