using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>The running mean of the class scores of all heads that an image has come to, see <see cref="HeadMean"/>.</summary>
internal sealed unsafe class CompiledHeadMean(ArenaLayout arena, int classes)
{
    private readonly long _mean = arena.Vector(classes);

    /// <summary>Takes a head's scores in; the result is the mean so far, which the next head changes.</summary>
    /// <param name="arena">The worker's arena.</param>
    /// <param name="logits">The head's scores.</param>
    /// <param name="head">Its position from 0. Every image starts with 0 and leaves none out.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float* Add(float* arena, float* logits, int head)
    {
        var scores = new ReadOnlySpan<float>(logits, classes);
        var mean = new Span<float>(arena + _mean, classes);
        if (head == 0)
        {
            scores.CopyTo(mean);
        }
        else
        {
            // In this order on every machine: m + step · (s − m), without a fused operation.
            var step = HeadMean.StepOf(head);
            for (var i = 0; i < mean.Length; i++)
            {
                mean[i] += step * (scores[i] - mean[i]);
            }
        }

        return arena + _mean;
    }
}
