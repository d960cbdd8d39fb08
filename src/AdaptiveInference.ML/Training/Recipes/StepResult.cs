using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>What a network made of a batch, as losses need it.</summary>
/// <param name="Pass">Class scores and gate decisions.</param>
/// <param name="Labels">Right classes (N).</param>
/// <param name="CrossEntropy">Cross-entropy of each image (N).</param>
/// <param name="Compute">What decisions cost.</param>
internal sealed record StepResult(NetworkPass Pass, Tensor Labels, Tensor CrossEntropy, GatedComputeFraction Compute)
{
    /// <summary>Share of the stage's steps that are done, 0 to 1; 1 from the start for gates that were trained before.</summary>
    public double Progress { get; init; }

    /// <summary>Budgets that gates were told; null where they are told none.</summary>
    public BatchBudgets? Budgets { get; init; }

    /// <summary>
    /// How much more cross-entropy each image had than the whole network, or a teacher, has; null unless the stage needs it. (N)
    /// </summary>
    public Tensor? Difficulty { get; init; }

    /// <summary>The same batch along each image's most likely path, without gradient; null unless the stage needs it.</summary>
    public StepResult? MostLikely { get; init; }
}
