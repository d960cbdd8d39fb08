using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>Whether an image leaves at an exit: because its head is confident enough, or because time is up.</summary>
internal unsafe ref partial struct ForwardPass
{
    // The logits of an exit's head where the image leaves there; null where it goes on.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float* Leaves(CompiledExit exit, CompiledBlock block, Span<float> probabilities)
    {
        var isLast = trace.Limit is { } limit && limit.IsNextTooLate(exit.Index, trace.Started, trace.Entered);
        if (!isLast && !policy.Evaluates(exit.Index, network.Average is not null))
        {
            return null;
        }

        trace.Macs += exit.Macs;
        var logits = Answer(exit.Head, block.Output, exit.Index);
        var confidence = isLast ? 0 : policy.ConfidenceOf(exit.Index);
        if (!ExitRule.MayLeave(confidence))
        {
            return null;
        }

        var largest = Probabilities(logits, probabilities);
        trace.ExitConfidence[exit.Index] = largest;
        var leaves = ExitRule.Leaves(largest, confidence);
        return leaves || isLast ? logits : null;
    }
}
