namespace AdaptiveInference.ML.Training.Checkpoints;

/// <summary>What is known of a run before it starts, and what its checkpoints have to agree with.</summary>
/// <param name="Epochs">Epochs of each stage.</param>
/// <param name="HasValidation">Whether there is validation data, on which epochs are evaluated.</param>
/// <param name="JudgesStart">Whether the weights before the first epoch are evaluated too.</param>
internal sealed record RunOutline(IReadOnlyList<int> Epochs, bool HasValidation, bool JudgesStart = false);
