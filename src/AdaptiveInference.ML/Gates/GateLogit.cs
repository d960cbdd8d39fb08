using static TorchSharp.torch;

namespace AdaptiveInference.ML.Gates;

/// <summary>Gates that end in two values end in closed and open, in this order.</summary>
internal static class GateLogit
{
    /// <summary>logit(open) − logit(closed). (N, 2) → (N)</summary>
    public static Tensor Difference(Tensor states) => states.select(1, 1) - states.select(1, 0);
}
