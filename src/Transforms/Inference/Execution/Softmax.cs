using System.Runtime.CompilerServices;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>Softmax of a head's class scores.</summary>
internal static class Softmax
{
    /// <summary>Writes probabilities that add up to 1; the result is the largest of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Write(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        var largest = float.NegativeInfinity;
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
