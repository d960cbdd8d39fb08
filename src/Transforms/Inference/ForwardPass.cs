using AdaptiveInference.ML.Transforms.Inference.Gates;
using AdaptiveInference.ML.Transforms.Inference.Kernels;

namespace AdaptiveInference.ML.Transforms.Inference;

/// <summary>One image's way through a compiled network, in one arena on one core.</summary>
internal readonly unsafe ref struct ForwardPass(CompiledNetwork network, ScoringPolicy policy, float* arena, ExecutionTrace trace)
{
    private readonly float* _arena = arena;

    /// <summary>From the normalised image to what the first block reads.</summary>
    public void Stem()
    {
        network.Stem.Run(_arena, Epilogue.Relu);
        if (network.StemPool is not null)
        {
            network.Kernels.MaxPool(_arena, network.StemOutput, network.StemPool, window: 3, padding: 1);
        }
    }

    /// <summary>
    /// Walks the blocks until an exit is taken or the last is done. Writes probabilities only at exits; the result is the logits of the
    /// exit taken.
    /// </summary>
    public float* Blocks(ReadOnlySpan<bool> forced, Span<float> probabilities)
    {
        network.Control?.Reset(_arena);
        var blocks = network.Blocks;
        for (var i = 0; i < blocks.Length; i++)
        {
            var block = blocks[i];
            var open = block.Gate is null || Opens(block.Gate, block.Cost.Gate, i);
            if (block.Gate is not null && !forced.IsEmpty)
            {
                open = forced[i];
            }

            trace.Ran[i] = open;
            Run(block, open);
            if (block.Exit is { } exit && policy.ConfidenceOf(exit.Index) is < 1 and var confidence)
            {
                trace.Macs += exit.Macs;
                var logits = exit.Head.Logits(_arena);
                if (Softmax.Write(new ReadOnlySpan<float>(logits, probabilities.Length), probabilities) >= confidence)
                {
                    trace.ExitTaken = exit.Index;
                    return logits;
                }
            }
        }

        return null;
    }

    private bool Opens(Gate gate, long macs, int block)
    {
        if (policy.GateThreshold is <= 0)
        {
            return true;
        }

        var logOdds = gate.LogOdds(_arena);
        var probability = 1 / (1 + MathF.Exp(-logOdds));
        trace.Macs += macs;
        trace.GateProbability[block] = probability;
        return policy.GateThreshold is { } threshold ? probability >= threshold : logOdds > 0 || (logOdds == 0 && gate.OpensAtOneHalf);
    }

    private void Run(CompiledBlock block, bool open)
    {
        if (block.Projection is { } projection)
        {
            // ConvNet-AIG's output always passes a ReLU; a skipped SkipNet block hands the bare projection on.
            projection.Run(_arena, !open && block.Gate is AigGate ? Epilogue.Relu : Epilogue.None);
            trace.Macs += block.Cost.Shortcut;
        }

        if (!open)
        {
            return;
        }

        trace.Macs += block.Cost.Body;
        var body = block.Body;
        for (var i = 0; i < body.Length - 1; i++)
        {
            body[i].Run(_arena, Epilogue.Relu);
        }

        body[^1].Run(_arena, Epilogue.Add | Epilogue.Relu);
    }
}
