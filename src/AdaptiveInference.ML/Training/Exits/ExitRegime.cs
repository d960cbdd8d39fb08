using AdaptiveInference.ML.Gates;
using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML.Training.Exits;

/// <summary>Retrofit: exits learn on a network that is trained and stays as it is, gates included.</summary>
internal static class ExitRegime
{
    public static StagePlan OnFrozenNetwork(GatedResNetTrainerOptions options)
    {
        IGateSampler gates = options.Network == NetworkKind.ResNet ? FixedSampler.AllOpen : new ThresholdSampler();
        return new StagePlan
        {
            Stage = TrainingStage.Supervised,
            Epochs = options.Epochs,
            LearningRate = options.LearningRate,
            TrainsExitsAlone = true,
            Sampler = _ => gates,
            EvaluationSampler = gates,

            // Of the last head, from which nothing can be learnt; the exits' own loss is added to it.
            Loss = step => step.CrossEntropy.mean(),
        };
    }
}
