using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>One image's way through a compiled network, in one arena, on one core or with a team.</summary>
internal unsafe ref partial struct ForwardPass(
    CompiledNetwork network, ScoringPolicy policy, float* arena, WorkerTeam? team, ExecutionTrace trace)
{
    private readonly float* _arena = arena;

    // The map whose channel sums are up to date: gates of skipped blocks and of the block behind share one pass over it.
    private FeatureMap? _summed;

    /// <summary>From the normalised image to what the first block reads.</summary>
    public void Stem()
    {
        foreach (var step in network.Stem)
        {
            Convolve(step, Epilogue.Relu);
        }

        if (network.StemPool is var (pool, output))
        {
            network.Kernels.MaxPool(_arena, network.StemOutput, output, pool.Window, pool.Padding);
        }
    }

    /// <summary>
    /// Walks the blocks until an exit is taken or the last is done. Writes probabilities only at exits; the result is the logits of the
    /// exit taken.
    /// </summary>
    /// <param name="forced">For each block whether it runs if it is gated; empty leaves the decision to the gates.</param>
    /// <param name="probabilities">One per class; empty passes all exits by, and no head is evaluated.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float* Blocks(ReadOnlySpan<bool> forced, Span<float> probabilities)
    {
        network.Control?.Reset(_arena);
        var blocks = network.Blocks;
        for (var i = 0; i < blocks.Length; i++)
        {
            var block = blocks[i];
            Step(block, i, forced);
            if (block.Exit is { } exit && !probabilities.IsEmpty && Leaves(exit, block, probabilities) is var logits && logits is not null)
            {
                trace.ExitTaken = exit.Index;
                return logits;
            }
        }

        return null;
    }

    /// <summary>Walks all blocks, takes no exit, and writes what every head reads; see <see cref="Compiled.Head.Inputs"/>.</summary>
    /// <param name="places">Where in <paramref name="inputs"/> each exit's inputs go, then the last head's.</param>
    /// <param name="inputs">Overwritten.</param>
    public void HeadInputs(ReadOnlySpan<Range> places, Span<float> inputs)
    {
        network.Control?.Reset(_arena);
        var blocks = network.Blocks;
        for (var i = 0; i < blocks.Length; i++)
        {
            Step(blocks[i], i, forced: []);
            if (blocks[i].Exit is { } exit)
            {
                Inputs(exit.Head, blocks[i].Output, inputs[places[exit.Index]]);
            }
        }

        Inputs(network.Head, network.Features, inputs[places[^1]]);
    }

    /// <summary>Writes the probabilities that logits stand for; the result is the largest of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly float Probabilities(float* logits, Span<float> probabilities)
    {
        // The largest is a number only if all of them are.
        var largest = Softmax.Write(new ReadOnlySpan<float>(logits, probabilities.Length), probabilities, out var logit);
        (trace.LargestLogit, trace.LargestProbability) = (logit, largest);
        trace.IsFinite &= float.IsFinite(largest);
        return largest;
    }

    /// <summary>The last head; the result is the logits that it answers with.</summary>
    public float* Head() => Answer(network.Head, network.Features, network.Exits);

    /// <summary>Writes the mean of each channel of the last feature map.</summary>
    public void Features(Span<float> features) => Means(network.Features, features);

    /// <summary>Writes the mean of each channel of the map that the head that answered reads.</summary>
    /// <param name="features">Room for as many as any head's map has.</param>
    public void FeaturesOfAnswer(Span<float> features)
        => Means(trace.ExitTaken < 0 ? network.Features : network.MapOfExit(trace.ExitTaken), features);

    /// <summary>Walks all blocks, takes no exit, and writes the mean of each channel of the map that every head reads.</summary>
    /// <param name="features">Overwritten: the exits' one after another, then the last head's.</param>
    public void HeadFeatures(Span<float> features)
    {
        network.Control?.Reset(_arena);
        var blocks = network.Blocks;
        for (var i = 0; i < blocks.Length; i++)
        {
            Step(blocks[i], i, forced: []);
            if (blocks[i].Exit is not null)
            {
                Means(blocks[i].Output, features);
                features = features[blocks[i].Output.Channels..];
            }
        }

        Means(network.Features, features);
    }

    private void Means(FeatureMap map, Span<float> features)
    {
        Sum(map);
        TensorPrimitives.Divide(new ReadOnlySpan<float>(_arena + map.Sums, map.Channels), map.Height * map.Width, features);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Convolve(Convolution convolution, Epilogue epilogue)
    {
        if (team is null)
        {
            convolution.Run(_arena, epilogue);
        }
        else
        {
            team.Run(convolution, epilogue);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float* Answer(Head head, FeatureMap map, int index)
    {
        var logits = Logits(head, map);
        return network.Average is { } average ? average.Add(_arena, logits, index) : logits;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Step(CompiledBlock block, int index, ReadOnlySpan<bool> forced)
    {
        var open = block.Gate is null || Opens(block, block.Gate, index);
        if (block.Gate is not null && !forced.IsEmpty)
        {
            open = forced[index];
        }

        trace.Ran[index] = open;
        Run(block, open);
    }

    private void Inputs(Head head, FeatureMap map, Span<float> inputs)
    {
        if (head.ReadsSums)
        {
            Sum(map);
        }

        head.Inputs(_arena, inputs);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float* Logits(Head head, FeatureMap map)
    {
        if (head.ReadsSums)
        {
            Sum(map);
        }

        return head.Logits(_arena);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sum(FeatureMap map)
    {
        if (_summed != map)
        {
            network.Kernels.Sum(_arena, map);
            _summed = map;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(CompiledBlock block, bool open)
    {
        Shortcut(block, open);
        if (open)
        {
            Body(block);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Shortcut(CompiledBlock block, bool open)
    {
        var shortcut = block.Shortcut;
        for (var i = 0; i < shortcut.Length; i++)
        {
            Convolve(shortcut[i], !open && block.ReluWhenSkipped ? Epilogue.Relu : Epilogue.None);
        }

        trace.Macs += shortcut.Length > 0 ? block.Cost.Shortcut : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Body(CompiledBlock block)
    {
        _summed = null;
        trace.Macs += block.Cost.Body;
        var body = block.Body;
        for (var i = 0; i < body.Length - 1; i++)
        {
            Convolve(body[i], Epilogue.Relu);
        }

        Convolve(body[^1], Epilogue.Add | Epilogue.Relu);
    }
}
