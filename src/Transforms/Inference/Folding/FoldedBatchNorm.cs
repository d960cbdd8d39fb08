using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Inference.Folding;

/// <summary>What a batch-norm layer comes to at inference: y = scale · x + shift, scale = γ / √(σ² + ε), shift = β − μ · scale.</summary>
internal sealed record FoldedBatchNorm(double[] Scale, double[] Shift)
{
    /// <summary>Reads a batch-norm.</summary>
    public static FoldedBatchNorm Of(NetworkWeights weights, BatchNormSpec layer)
    {
        var name = layer.Name;
        ReadOnlySpan<float> gamma = weights[name + ".weight"], beta = weights[name + ".bias"];
        ReadOnlySpan<float> mean = weights[name + ".running_mean"], variance = weights[name + ".running_var"];
        var scale = new double[gamma.Length];
        var shift = new double[gamma.Length];
        for (var i = 0; i < scale.Length; i++)
        {
            scale[i] = gamma[i] / Math.Sqrt(variance[i] + BatchNormSpec.Epsilon);
            shift[i] = beta[i] - (mean[i] * scale[i]);
        }

        return new FoldedBatchNorm(scale, shift);
    }
}
