using static TorchSharp.torch;

namespace AdaptiveInference.ML.Samplers;

/// <summary>Forward the hard decision, backward the gradient of the soft one (Bengio et al., arXiv 1308.3432).</summary>
internal static class StraightThrough
{
    /// <summary>
    /// Exactly 0 and 1 in the forward pass too: 1 − soft is exact for a soft value of at least one half, and so is its sum with it.
    /// </summary>
    /// <param name="hard">0 or 1. (N)</param>
    /// <param name="soft">0 to 1, at least one half where <paramref name="hard"/> is 1. (N)</param>
    public static Tensor Join(Tensor hard, Tensor soft) => (hard - soft.detach()) + soft;
}
