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

    /// <summary>
    /// The largest class probability, lowered for an image that lies farther from its class than nearly all images of the network's classes
    /// do: divided by the square of how many times so far. Distances are those of pooled features from the mean of the class answered
    /// among the calibration rows, at the head that answered. An image unlike any class, which may well excite one, is refused.
    /// </summary>
    Distance,
}
