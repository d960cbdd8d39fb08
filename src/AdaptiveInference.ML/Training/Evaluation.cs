namespace AdaptiveInference.ML.Training;

/// <summary>How a network did on a set of images.</summary>
/// <param name="Loss">Mean cross-entropy in nats.</param>
/// <param name="Accuracy">Share of right answers.</param>
/// <param name="ComputeFraction">Mean compute fraction.</param>
internal sealed record Evaluation(double Loss, double Accuracy, double ComputeFraction);
