namespace AdaptiveInference.ML.Transforms;

/// <summary>What an answer is accepted by: the higher, the surer.</summary>
public enum RefusalScore
{
    /// <summary>The largest class probability.</summary>
    Probability,

    /// <summary>
    /// The logarithm of the sum of the exponentials of the class scores (logits), known as negative free energy: low for an image that
    /// excites none of the classes (Liu et al., Energy-based Out-of-distribution Detection, NeurIPS 2020).
    /// </summary>
    Energy,
}
