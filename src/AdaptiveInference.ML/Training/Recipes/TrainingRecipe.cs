using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>How a network is trained: what a trainer chooses, made of its options.</summary>
internal sealed record TrainingRecipe
{
    /// <summary>The stages of training, in order.</summary>
    public required IReadOnlyList<StagePlan> Stages { get; init; }

    /// <summary>The weights to score with, made of those that training ended with.</summary>
    public Func<BlockPlan, NetworkWeights, NetworkWeights> Finish { get; init; } = (_, trained) => trained;
}
