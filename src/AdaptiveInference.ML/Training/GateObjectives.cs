using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training;

/// <summary>Terms that losses add to the cross-entropy to make gates close. Each is a scalar.</summary>
internal static class GateObjectives
{
    private const float UndecidedWeight = 10f;

    /// <summary>Part of a stage in which the compute target falls from 1 to its final value.</summary>
    private const double FallingPart = 0.3;

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
    /// Mean over gates of the squared distance of a gate's mean probability of open from the range 0.15 to 0.85: a gate that is always or
    /// never open decides nothing.
    /// </summary>
    public static Tensor Undecided(StepResult step)
    {
        const float Low = 0.15f;
        const float High = 0.85f;
        var probability = stack(step.Pass.Gates.Select(gate => gate.Logit), 1).sigmoid().mean([0]);
        return (nn.functional.relu(Low - probability) + nn.functional.relu(probability - High)).square().mean();
    }

    /// <summary>
    /// Aims for a compute fraction of the whole network: the squared distance from a target that falls to it over the first part of the
    /// stage, and the pressure on gates to stay undecided.
    /// </summary>
    public static Tensor Compute(StepResult step, float target, float weight)
        => (ComputeTarget(step, FallingTarget(step.Progress, FallingPart, target)) * weight) + (Undecided(step) * UndecidedWeight);

    /// <summary>
    /// A target that falls from 1 to <paramref name="final"/> in a straight line over the first part of a stage, so that blocks have learnt
    /// something when gates choose among them.
    /// </summary>
    public static float FallingTarget(double progress, double part, float final)
        => (float)(1 - ((1 - final) * Math.Min(1, progress / part)));

    private static Tensor Opens(StepResult step) => stack(step.Pass.Gates.Select(gate => gate.Open), 1);
}
