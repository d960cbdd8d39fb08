namespace AdaptiveInference.ML;

/// <summary>The parts of a training run.</summary>
public enum TrainingStage
{
    /// <summary>Backbone and gates learn together from the labels.</summary>
    Supervised,

    /// <summary>SkipNet's second stage: gates are sampled and rewarded for correct answers that cost little.</summary>
    Reinforcement,

    /// <summary>
    /// Before the first epoch of a fine-tuning, and where a stage is unfrozen: what stays as it is is computed once for every image, and
    /// new heads are fitted. Batches are those of this part; of loss and accuracies only those on the validation data are reported, at its
    /// end.
    /// </summary>
    Preparation,
}
