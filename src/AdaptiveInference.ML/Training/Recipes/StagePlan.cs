using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>One stage of a training recipe: which gates are used while training, and what is minimised.</summary>
internal sealed record StagePlan
{
    public required TrainingStage Stage { get; init; }

    public required int Epochs { get; init; }

    /// <summary>Highest learning rate.</summary>
    public required float LearningRate { get; init; }

    /// <summary>Share of the steps over which the learning rate rises.</summary>
    public float WarmUp { get; init; } = 0.05f;

    /// <summary>Shares of the steps after which the learning rate falls to a tenth; null lets it fall along a cosine.</summary>
    public IReadOnlyList<double>? RateDropsAt { get; init; }

    /// <summary>Whether weight decay applies to every parameter, those of gates and batch-norm too.</summary>
    public bool DecaysAll { get; init; }

    /// <summary>Whether batch-norm uses and keeps the statistics of the stage before.</summary>
    public bool FreezeBatchNorm { get; init; }

    /// <summary>Whether the exits' heads learn and nothing else does.</summary>
    public bool TrainsExitsAlone { get; init; }

    /// <summary>Changes a fresh network's gates before the first step; not done when gates were taken over from another model.</summary>
    public Action<GatedResNetModule>? PrepareFreshGates { get; init; }

    /// <summary>Whether the loss reads <see cref="StepResult.MostLikely"/>.</summary>
    public bool ComparesWithMostLikelyPath { get; init; }

    /// <summary>Weight of <see cref="DifficultyObjective"/>; 0 leaves it out.</summary>
    public float DifficultyWeight { get; init; }

    /// <summary>What the gates aim for together where they are told no budget.</summary>
    public float? Target { get; init; }

    /// <summary>Weight of <see cref="OneGateFlipped"/>; 0 leaves it out.</summary>
    public float MeasuredWorthWeight { get; init; }

    /// <summary>
    /// The budget at which the trained model begins, where gates are told budgets: each step then sees those of
    /// <see cref="BudgetSandwich"/>, and the whole network teaches the others where no other model does. Null where gates are told none.
    /// </summary>
    public float? FirstBudget { get; init; }

    /// <summary>
    /// Makes the sampler that turns gate values into decisions while training, from the epoch's generator of random numbers.
    /// </summary>
    public required Func<Generator, IGateSampler> Sampler { get; init; }

    /// <summary>Decides gates on the validation data.</summary>
    public IGateSampler EvaluationSampler { get; init; } = new ThresholdSampler();

    /// <summary>The loss of a step, a scalar.</summary>
    public required Func<StepResult, Tensor> Loss { get; init; }

    /// <summary>
    /// This stage with the optimizer of both papers: weight decay on every parameter, and a learning rate that falls in steps with no rise
    /// before.
    /// </summary>
    /// <param name="dropsAt">See <see cref="RateDropsAt"/>; empty keeps the rate.</param>
    public StagePlan AsPublished(params IReadOnlyList<double> dropsAt) => this with { WarmUp = 0, RateDropsAt = dropsAt, DecaysAll = true };

    /// <summary>Validation score of an epoch: the weights with the highest are kept.</summary>
    public Func<ValidationResult, double> ValidationScore { get; init; } = evaluation => evaluation.AccuracyOfHeads;
}
