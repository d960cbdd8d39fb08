namespace AdaptiveInference.ML.Transforms;

/// <summary>How a classification head turns a feature map of C channels into class scores.</summary>
public enum HeadKind
{
    /// <summary>Global average pool → fully connected. The head of the papers.</summary>
    Pooled,

    /// <summary>
    /// 4×4 average pool and 4×4 max pool, side by side (32·C values) → batch-norm → fully connected to 64 → batch-norm → ReLU → fully
    /// connected. It keeps where things are in the image, which early feature maps need.
    /// </summary>
    Grid,

    /// <summary>
    /// 2×2 average pool (4·C values, each quarter of the image on its own) → fully connected. Linear as <see cref="Pooled"/>, so that it
    /// can be fitted to a few hundred images, and it still knows what is above, below, left and right.
    /// </summary>
    Quarters,
}
