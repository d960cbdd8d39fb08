using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>
/// What ConvNet-AIG minimises: cross-entropy, and how far what runs is from the compute fraction, the budgets, or, as published, each
/// block's target rate.
/// </summary>
internal static class ConvNetAigLoss
{
    /// <summary>Of one batch, a scalar.</summary>
    public static Tensor Of(StepResult step, ConvNetAigTrainer.Options options)
    {
        var loss = step.CrossEntropy.mean();
        if (options.AnyBudget)
        {
            return loss + ComputeTargetLoss.OfBudgets(step, options.TargetWeight, options.InformationWeight);
        }

        if (options.WholeTarget is { } target)
        {
            return loss + ComputeTargetLoss.Of(step, target, options.TargetWeight, options.InformationWeight);
        }

        var rates = options.TargetRates ?? Enumerable.Repeat(options.TargetRate, step.Pass.Gates.Count);
        return loss + (TargetRateLoss.Of(step, torch.tensor(rates.ToArray(), device: loss.device)) * options.TargetRateWeight);
    }
}
