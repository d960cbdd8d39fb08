namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>
/// The mean of the class scores of the heads that an image has come to, the k-th of them counting k times: the geometric mean of their
/// probabilities (as in Wołczyk et al., "Zero Time Waste", NeurIPS 2021). Earlier answers are there anyway, and heads err on different
/// images.
/// </summary>
/// <remarks>
/// As a running mean: <c>m₁ = s₁</c>, <c>mₖ = mₖ₋₁ + 2/(k+1) · (sₖ − mₖ₋₁)</c>, which is <c>Σ i·sᵢ ÷ Σ i</c>.
/// </remarks>
internal static class HeadMean
{
    /// <summary>By how much a head's scores move the mean, 1 for the first.</summary>
    /// <param name="head">Position of the head among all that an image comes to, from 0.</param>
    public static float StepOf(int head) => 2f / (head + 2);
}
