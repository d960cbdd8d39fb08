using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training.Checkpoints;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.FineTuning;
using AdaptiveInference.ML.Training.Recipes;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>What the stages of one training run share.</summary>
internal sealed record TrainingContext
{
    public required GatedResNetTrainerOptions Options { get; init; }

    public required int Seed { get; init; }

    public required Device Device { get; init; }

    public required GatedResNetModule Network { get; init; }

    public required GatedComputeFraction Compute { get; init; }

    /// <summary>Null when only the labels teach.</summary>
    public required Teacher? Teacher { get; init; }

    public required IBatchSource Training { get; init; }

    public required ValidationLoop ValidationLoop { get; init; }

    /// <summary>Null when everything learns alike.</summary>
    public FineTuner? FineTuner { get; init; }

    public required ProgressReporter Reporter { get; init; }

    /// <summary>Whether gates were taken over from a trained model: their compute is where it should be from the first step on.</summary>
    public required bool HasTrainedGates { get; init; }

    /// <summary>Whether the weights before the first epoch are worth keeping: heads were fitted to them.</summary>
    public bool JudgesStart => Options.JudgesStart;

    /// <summary>Null when no checkpoints are kept.</summary>
    public required CheckpointStore? Checkpoints { get; init; }

    /// <summary>What the user can do about numbers that are no longer finite, as a sentence.</summary>
    public required string Remedy { get; init; }

    public required Action CheckAlive { get; init; }
}
