using AdaptiveInference.ML.Samplers;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>
/// Training of ConvNet-AIG (Veit and Belongie, ECCV 2018, sections 3.2 and 3.3): straight-through Gumbel-softmax gates, cross-entropy plus
/// a loss on how much runs.
/// </summary>
/// <remarks>
/// What differs from the paper unless asked for: the loss aims for a compute fraction of the whole network, and makes gates tell images
/// apart, where the paper's target-rate loss aims at the same share of a batch for every block. The learning rate falls along a
/// cosine, and gates have no weight decay. With <see cref="ConvNetAigTrainer.Options.AsPublished"/> none of this is so: the rate falls to
/// a tenth after 150 and 250 of 350 parts, as the paper's does on CIFAR-10.
/// </remarks>
internal static class ConvNetAigRecipe
{
    public static TrainingRecipe Of(ConvNetAigTrainer.Options options) => new()
    {
        Stages = [options.AsPublished ? Stage(options).AsPublished(150.0 / 350, 250.0 / 350) : Stage(options)],
    };

    private static StagePlan Stage(ConvNetAigTrainer.Options options) => new()
    {
        Stage = TrainingStage.Supervised,
        Epochs = options.Epochs,
        LearningRate = options.LearningRate,
        Sampler = generator => options.DrawsGates ? new GumbelSampler(options.Temperature, generator) : new StraightThroughSampler(),
        Loss = step => ConvNetAigLoss.Of(step, options),
        FirstBudget = options.FirstBudget,
        DifficultyWeight = options.AsPublished ? 0 : options.DifficultyWeight,
        MeasuredWorthWeight = options.AsPublished ? 0 : options.MeasuredWorthWeight,
        Target = options.WholeTarget,
        ValidationScore = options.AnyBudget
            ? ValidationScores.OverBudgets
            : evaluation => ValidationScores.WithinTarget(evaluation, options.WholeTarget),
    };
}
