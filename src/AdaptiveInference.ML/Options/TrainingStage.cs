namespace AdaptiveInference.ML;

/// <summary>The parts of a training run.</summary>
public enum TrainingStage
{
    /// <summary>Backbone and gates learn together from the labels.</summary>
    Supervised,

    /// <summary>SkipNet's second stage: gates are sampled and rewarded for correct answers that cost little.</summary>
    Reinforcement,
}
