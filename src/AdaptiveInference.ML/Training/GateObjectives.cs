using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training;

/// <summary>Terms that losses add to the cross-entropy to make gates close. Each is a scalar.</summary>
internal static class GateObjectives
{
    /// <summary>(f − target)², f the batch's mean compute fraction: the network chooses where to spend and on which images.</summary>
    /// <param name="step">The batch.</param>
    /// <param name="target">The fraction aimed for.</param>
    public static Tensor ComputeTarget(StepResult step, float target)
        => step.Compute.FractionOf(step.Pass.Gates, step.Labels).mean().sub(target).square();

    /// <summary>
    /// ConvNet-AIG's target-rate loss (Veit and Belongie, ECCV 2018, equation 5): mean over gates of (z̄ − t)², z̄ the share of the batch's
    /// images for which the block ran.
    /// </summary>
    public static Tensor TargetRates(StepResult step, Tensor targets)
        => Opens(step).mean([0]).sub(targets).square().mean();

    /// <summary>
    /// Mean over gates of the squared distance of a gate's mean probability of open from the range <paramref name="low"/> to
    /// <paramref name="high"/>: a gate that is always or never open decides nothing.
    /// </summary>
    public static Tensor Undecided(StepResult step, float low, float high)
    {
        var probability = stack(step.Pass.Gates.Select(gate => gate.Logit), 1).sigmoid().mean([0]);
        return (nn.functional.relu(low - probability) + nn.functional.relu(probability - high)).square().mean();
    }

    /// <summary>
    /// A target that falls from 1 to <paramref name="final"/> in a straight line over the first part of a stage, so that blocks have learnt
    /// something when gates choose among them.
    /// </summary>
    public static float FallingTarget(double progress, double part, float final)
        => (float)(1 - ((1 - final) * Math.Min(1, progress / part)));

    private static Tensor Opens(StepResult step) => stack(step.Pass.Gates.Select(gate => gate.Open), 1);
}
