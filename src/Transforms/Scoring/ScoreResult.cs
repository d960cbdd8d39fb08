using AdaptiveInference.ML.Transforms.Inference;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>What scoring one image yields. Made once and overwritten image after image.</summary>
internal sealed class ScoreResult(int classes, int blocks)
{
    public float[] Probabilities { get; } = new float[classes];

    /// <summary>1 for each block that ran, 0 for each that did not.</summary>
    public float[] Path { get; } = new float[blocks];

    public ExecutionTrace Trace { get; } = new(blocks);

    /// <summary>MACs spent ÷ MACs of the full network.</summary>
    public float ComputeFraction { get; set; }

    /// <summary>Index of the largest probability from 0; the first one among equals.</summary>
    public int PredictedClass { get; set; }
}
