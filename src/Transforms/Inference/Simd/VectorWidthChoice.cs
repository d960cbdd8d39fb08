using System.Runtime.Intrinsics;

namespace AdaptiveInference.ML.Transforms.Inference.Simd;

/// <summary>Which vectors this machine has.</summary>
internal static class VectorWidthChoice
{
    /// <summary>The widest vectors that the machine computes without emulation. 128 bits work everywhere.</summary>
    public static VectorWidth Best
        => Vector512.IsHardwareAccelerated ? VectorWidth.Bits512
            : Vector256.IsHardwareAccelerated ? VectorWidth.Bits256
            : VectorWidth.Bits128;

    /// <summary>All widths up to the best, which tests run side by side.</summary>
    public static IEnumerable<VectorWidth> Available => Enum.GetValues<VectorWidth>().Where(width => width <= Best);
}
