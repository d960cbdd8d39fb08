using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>Retrofit: exits learn on a network that is trained and stays as it is, gates included.</summary>
internal static class FrozenNetworkRecipe
{
    public static TrainingRecipe Of(GatedResNetTrainerOptions options)
    {
        IGateSampler gates = options.Network == NetworkKind.ResNet ? FixedSampler.AllOpen : new ThresholdSampler();
        var stage = new StagePlan
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
        return new() { Stages = [stage] };
    }
}
