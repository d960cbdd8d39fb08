using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <summary>Pooling that gates and heads have in common.</summary>
internal static class Pooling
{
    private static readonly long[] Plane = [2, 3];

    /// <summary>Global average pool. (N, C, H, W) → (N, C)</summary>
    public static Tensor Average(Tensor features) => features.mean(Plane);
}
