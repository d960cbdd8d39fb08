using System.Runtime.CompilerServices;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>Softmax of a head's class scores.</summary>
internal static class Softmax
{
    /// <summary>Writes probabilities that add up to 1; the result is the largest of them.</summary>
    /// <param name="logits">Class scores.</param>
    /// <param name="probabilities">As many.</param>
    /// <param name="largest">The largest class score.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Write(ReadOnlySpan<float> logits, Span<float> probabilities, out float largest)
    {
        largest = float.NegativeInfinity;
        foreach (var logit in logits)
        {
            largest = MathF.Max(largest, logit);
        }

        var sum = 0.0;
        for (var i = 0; i < logits.Length; i++)
        {
            probabilities[i] = MathF.Exp(logits[i] - largest);
            sum += probabilities[i];
        }

        var scale = (float)(1 / sum);
        for (var i = 0; i < logits.Length; i++)
        {
            probabilities[i] *= scale;
        }

        return scale;
    }
}
