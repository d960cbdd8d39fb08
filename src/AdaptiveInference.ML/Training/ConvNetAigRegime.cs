using AdaptiveInference.ML.Gates;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training;

/// <summary>
/// Training of ConvNet-AIG (Veit and Belongie, ECCV 2018, sections 3.2 and 3.3): straight-through Gumbel-softmax gates, cross-entropy plus
/// the target-rate loss; or, when asked for, an aim for the compute fraction of the whole network in its place.
/// </summary>
internal static class ConvNetAigRegime
{
    public static StagePlan Supervised(ConvNetAigTrainer.Options options) => new()
    {
        Stage = TrainingStage.Supervised,
        Epochs = options.Epochs,
        LearningRate = options.LearningRate,
        Sampler = generator => new GumbelSampler(options.Temperature, generator),
        Loss = step => Loss(step, options),
        Merit = evaluation => Merits.WithinTarget(evaluation, options.TargetComputeFraction),
    };

    private static Tensor Loss(StepResult step, ConvNetAigTrainer.Options options)
    {
        var loss = step.CrossEntropy.mean();
        if (options.TargetComputeFraction is { } target)
        {
            return loss + GateObjectives.Compute(step, target, options.TargetWeight);
        }

        var rates = options.TargetRates ?? Enumerable.Repeat(options.TargetRate, step.Pass.Gates.Count);
        return loss + (GateObjectives.TargetRates(step, torch.tensor(rates.ToArray(), device: loss.device)) * options.TargetRateWeight);
    }
}
