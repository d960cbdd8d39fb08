namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>What every head of a network answered for a set of images.</summary>
/// <param name="Confidence">[exit][image]: largest class probability at the exit.</param>
/// <param name="Correct">[exit][image]: whether the exit's answer is right.</param>
/// <param name="LastCorrect">[image]: whether the last head's answer is right.</param>
internal sealed record ExitAnswers(
    IReadOnlyList<IReadOnlyList<float>> Confidence, IReadOnlyList<IReadOnlyList<bool>> Correct, IReadOnlyList<bool> LastCorrect);
