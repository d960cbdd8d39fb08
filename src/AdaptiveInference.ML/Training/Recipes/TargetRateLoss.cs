using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>ConvNet-AIG's loss on how often each block runs.</summary>
internal static class TargetRateLoss
{
    /// <summary>
    /// Veit and Belongie, ECCV 2018, equation 5: mean over gates of (z̄ − t)², z̄ the share of the batch's images for which the block ran.
    /// </summary>
    public static Tensor Of(StepResult step, Tensor targets)
        => stack(step.Pass.Gates.Select(gate => gate.Open), 1).mean([0]).sub(targets).square().mean();
}
