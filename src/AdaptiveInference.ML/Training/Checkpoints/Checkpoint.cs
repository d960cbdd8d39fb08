using AdaptiveInference.ML.Training.Optimisation;
using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Training.Checkpoints;

/// <summary>State of a training run after an epoch, complete enough to continue as if it had never stopped.</summary>
/// <remarks>Generators of random numbers need no part in it: what they draw follows from the seed and the epoch.</remarks>
internal sealed record Checkpoint
{
    /// <summary>Seed of the run.</summary>
    public required int Seed { get; init; }

    /// <summary>Index of the stage.</summary>
    public required int Stage { get; init; }

    /// <summary>Epochs of the stage that are done.</summary>
    public required int EpochsDone { get; init; }

    /// <summary>Parameters and batch-norm statistics.</summary>
    public required NetworkWeights Weights { get; init; }

    /// <summary>The optimizer's momentum of each parameter, in its order.</summary>
    public required IReadOnlyList<float[]> Momenta { get; init; }

    /// <summary>The stage's best weights so far.</summary>
    public required BestWeights.State Best { get; init; }
}
