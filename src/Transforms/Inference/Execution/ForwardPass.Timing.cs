using System.Diagnostics;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>The same way, with a stopwatch at every part.</summary>
internal unsafe ref partial struct ForwardPass
{
    /// <summary>
    /// Walks all blocks with every gate and head evaluated, whatever they say, and notes what each part takes. Gates and heads sum up their
    /// map each time, although two that read the same map share the sums in use.
    /// </summary>
    /// <param name="ticks">Overwritten, but for the stem's.</param>
    /// <param name="probabilities">Overwritten: one per class; empty for a network without classes, which has no heads.</param>
    public void Time(PartTicks ticks, Span<float> probabilities)
    {
        network.Control?.Reset(_arena);
        var blocks = network.Blocks;
        for (var i = 0; i < blocks.Length; i++)
        {
            var block = blocks[i];
            var start = Stopwatch.GetTimestamp();
            if (block.Gate is { } gate)
            {
                _summed = null;
                Opens(block, gate, i);
            }

            var shortcut = Stopwatch.GetTimestamp();
            Shortcut(block, open: true);
            var body = Stopwatch.GetTimestamp();
            Body(block);
            var exit = Stopwatch.GetTimestamp();
            (ticks.Gates[i], ticks.Shortcuts[i], ticks.Bodies[i]) = (shortcut - start, body - shortcut, exit - body);
            if (block.Exit is { } early)
            {
                _summed = null;
                Probabilities(Answer(early.Head, block.Output, early.Index), probabilities);
                ticks.Exits[early.Index] = Stopwatch.GetTimestamp() - exit;
            }
        }

        var last = Stopwatch.GetTimestamp();
        if (!probabilities.IsEmpty)
        {
            _summed = null;
            Probabilities(Head(), probabilities);
        }

        ticks.Head = Stopwatch.GetTimestamp() - last;
    }
}
