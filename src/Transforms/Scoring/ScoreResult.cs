using AdaptiveInference.ML.Transforms.Inference.Execution;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>What scoring one image yields. Made once and overwritten image after image.</summary>
/// <param name="classes">Number of classes.</param>
/// <param name="blocks">Number of residual blocks.</param>
/// <param name="features">Number of pooled features; 0 where probabilities are wanted and not they.</param>
/// <param name="answerFeatures">Room for the features that an answer is accepted by; 0 where it is by none.</param>
/// <param name="second">Result of the network that answers what this one refuses; null where none does.</param>
internal sealed class ScoreResult(int classes, int blocks, int features = 0, int answerFeatures = 0, ScoreResult? second = null)
{
    /// <summary>What the second network of a cascade answers: of this image where <see cref="IsAccepted"/> is false.</summary>
    public ScoreResult? Second { get; } = second;

    public float[] Probabilities { get; } = new float[classes];

    /// <summary>1 for each block that ran, 0 for each that did not.</summary>
    public float[] Path { get; } = new float[blocks];

    /// <summary>Mean of each channel of the last feature map.</summary>
    public float[] Features { get; } = new float[features];

    public ExecutionTrace Trace { get; } = new(blocks, answerFeatures);

    /// <summary>MACs spent ÷ MACs of the full network.</summary>
    public float ComputeFraction { get; set; }

    /// <summary>Whether the answer is accepted; true where none is refused.</summary>
    public bool IsAccepted { get; set; }

    /// <summary>Index of the largest probability from 0; the first one among equals.</summary>
    public int PredictedClass { get; set; }
}
