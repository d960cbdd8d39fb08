using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>What SkipNet's two stages minimise.</summary>
internal static class SkipNetLoss
{
    /// <summary>Of one batch in the supervised stage, a scalar: cross-entropy, and how far what runs is from what is aimed for.</summary>
    /// <param name="step">The batch.</param>
    /// <param name="options">Weights of the terms.</param>
    /// <param name="target">The compute fraction aimed for; null, as published, aims for none.</param>
    public static Tensor Supervised(StepResult step, SkipNetTrainer.Options options, float? target)
    {
        var loss = step.CrossEntropy.mean();
        if (options.AnyBudget)
        {
            return loss + ComputeTargetLoss.OfBudgets(step, options.TargetWeight, options.InformationWeight);
        }

        return target is { } fraction
            ? loss + ComputeTargetLoss.Of(step, fraction, options.TargetWeight, options.InformationWeight)
            : loss;
    }

    /// <summary>Of one batch in the reinforcement stage, a scalar: cross-entropy, and the sampled gates' expected cost.</summary>
    public static Tensor Reinforcement(StepResult step, SkipNetTrainer.Options options)
        => step.CrossEntropy.mean() + (Reinforce(step, options.ComputePenalty) * options.ReinforcementWeight);

    // REINFORCE (Williams 1992): the gradient of the mean of advantage · ln p is that of the expected cost, the negative reward, over the
    // sampled paths. Saving α per unit of compute skipped and paying α per unit spent differ by a constant, which the comparison removes.
    private static Tensor Reinforce(StepResult step, float alpha)
    {
        using var _ = torch.no_grad();
        var advantage = step.MostLikely is { } mostLikely ? Cost(step, alpha) - Cost(mostLikely, alpha) : PublishedCost(step, alpha);
        using var __ = torch.enable_grad();
        var logProbability = stack(step.Pass.Gates.Select(gate => gate.LogProbability!), 1).sum(1);
        return (advantage * logProbability).mean();
    }

    // L_CE − (α/N) Σ (1 − g_i): what is published, every block alike and compared with nothing.
    private static Tensor PublishedCost(StepResult step, float alpha)
        => step.CrossEntropy - ((1 - stack(step.Pass.Gates.Select(gate => gate.Open), 1)).mean([1]) * alpha);

    private static Tensor Cost(StepResult step, float alpha)
        => step.CrossEntropy + (step.Compute.FractionOf(step.Pass.Gates, step.Labels) * alpha);
}
