using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>
/// What SkipNet and ConvNet-AIG add to the cross-entropy so that gates spend a wanted share of the network's work: one target, or the
/// budgets that gates are told.
/// </summary>
internal static class ComputeTargetLoss
{
    /// <summary>Part of a stage in which the compute target falls from 1 to its final value.</summary>
    private const double FallingPart = 0.3;

    /// <summary>
    /// Aims for a compute fraction of the whole network: the squared distance from a target that falls to it over the first part of the
    /// stage, and the reward for gates that tell images apart.
    /// </summary>
    /// <param name="step">The batch.</param>
    /// <param name="target">The compute fraction aimed for.</param>
    /// <param name="weight">Of the distance.</param>
    /// <param name="informationWeight">Of the reward.</param>
    public static Tensor Of(StepResult step, float target, float weight, float informationWeight)
        => (SquaredDistance(step, FallingTarget(step.Progress, FallingPart, target)) * weight)
            - (GateInformation.Of(step, target) * informationWeight);

    /// <summary>
    /// A target that falls from 1 to <paramref name="final"/> in a straight line over the first part of a stage, so that blocks have learnt
    /// something when gates choose among them.
    /// </summary>
    public static float FallingTarget(double progress, double part, float final)
        => (float)(1 - ((1 - final) * Math.Min(1, progress / part)));

    /// <summary>
    /// The same for gates that are told budgets: the mean over the parts of a batch that are told less than the whole, each with its own
    /// budget as the target. Here nothing falls: gates that know the budget begin near to it.
    /// </summary>
    /// <param name="step">The batch.</param>
    /// <param name="weight">Of the squared distance.</param>
    /// <param name="informationWeight">Of the reward for gates that tell images apart.</param>
    public static Tensor OfBudgets(StepResult step, float weight, float informationWeight)
    {
        var fractions = step.Budgets!.PartsOf(step.Compute.FractionOf(step.Pass.Gates, step.Labels));
        var logits = step.Budgets.PartsOf(GateInformation.Logits(step));
        Tensor[] losses =
        [
            .. fractions.Zip(logits, (spent, said) => (spent.Values.mean().sub(spent.Budget).square() * weight)
                - (GateInformation.Of(said.Values, said.Budget) * informationWeight)),
        ];
        return losses is [] ? zeros(1, device: step.CrossEntropy.device).sum() : stack(losses).mean();
    }

    /// <summary>(f − target)², f the batch's mean compute fraction: the network chooses where to spend and on which images.</summary>
    /// <param name="step">The batch.</param>
    /// <param name="target">The fraction aimed for.</param>
    public static Tensor SquaredDistance(StepResult step, float target)
        => step.Compute.FractionOf(step.Pass.Gates, step.Labels).mean().sub(target).square();
}
