using AdaptiveInference.ML.Reports.Drawing;

namespace AdaptiveInference.ML.Reports.Data;

/// <summary>One image that the report shows.</summary>
/// <param name="Row">Position among the scored rows, from 0.</param>
/// <param name="TrueClass">Class of its label.</param>
/// <param name="PredictedClass">Most probable class.</param>
/// <param name="TrueProbability">Probability that the network gave to the true class.</param>
/// <param name="Fraction">Share of the full network's MACs.</param>
/// <param name="Path">For each block whether it ran.</param>
/// <param name="Thumbnail">The image, where it could be had.</param>
internal sealed record Example(
    long Row, int TrueClass, int PredictedClass, float TrueProbability, float Fraction, bool[] Path, Thumbnail? Thumbnail)
{
    public bool IsRight => TrueClass == PredictedClass;
}
