using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Gates;
using AdaptiveInference.ML.Transforms.Inference.Heads;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference;

/// <summary>Turns the flat list of blocks and the weights into packed layers with places in the arena.</summary>
internal sealed class CompiledNetwork
{
    private readonly NetworkSpec _spec;
    private readonly ArenaLayout _arena;
    private readonly LayerCompiler _layers;

    public CompiledNetwork(BlockPlan plan, NetworkWeights weights, CostModel cost, KernelSet kernels, int workers)
    {
        _spec = plan.Spec;
        _arena = new ArenaLayout(kernels.Width, workers);
        Kernels = kernels;
        _layers = new LayerCompiler(weights, kernels, _arena, new AlgorithmChoice(plan, kernels.Width));
        var width = _spec.Architecture.StemWidth;
        var kernel = _spec.Architecture.Style == ResNetStyle.Cifar ? 3 : 7;
        Image = _arena.Image(_spec.Image, kernel / 2);
        StemOutput = _arena.Map(width, plan.StemHeight, plan.StemWidth);
        Stem = _layers.Convolution("conv1", "bn1", kernel, kernel == 3 ? 1 : 2, Image, StemOutput);
        StemPool = kernel == 3 ? null : _arena.Map(width, plan.PooledHeight, plan.PooledWidth);
        Control = _spec is { Network: NetworkKind.SkipNet, Gate: GateKind.Recurrent }
            ? new RecurrentControl(_layers)
            : null;

        var map = StemPool ?? StemOutput;
        Blocks = new CompiledBlock[plan.Blocks.Count];
        foreach (var block in plan.Blocks)
        {
            var compiled = Blocks[block.Index] = Compile(block, map, cost);
            map = compiled.Output;
        }

        Head = HeadOver(map, WeightLayout.HeadPrefix(_spec.Head), _spec.Head);
        Average = _spec.AveragesHeads ? new HeadAverage(_arena, _spec.Classes) : null;
    }

    public KernelSet Kernels { get; }

    /// <summary>Where the normalised image is put.</summary>
    public FeatureMap Image { get; }

    public Convolution Stem { get; }

    public FeatureMap StemOutput { get; }

    /// <summary>Output of the stem's max pool, null where there is none.</summary>
    public FeatureMap? StemPool { get; }

    /// <summary>State of the recurrent gates, null for other gates.</summary>
    public RecurrentControl? Control { get; }

    public CompiledBlock[] Blocks { get; }

    /// <summary>Number of exits.</summary>
    public int Exits => _spec.Exits.Count;

    public Head Head { get; }

    /// <summary>The mean of the heads' class scores, null where every head speaks for itself.</summary>
    public HeadAverage? Average { get; }

    /// <summary>What the head reads.</summary>
    public FeatureMap Features => Blocks[^1].Output;

    /// <summary>Layout of every arena.</summary>
    public ArenaLayout Arena => _arena;

    private CompiledBlock Compile(ResidualBlock block, FeatureMap input, CostModel cost)
    {
        var output = block.HasProjection ? _arena.Map(block.OutChannels, block.OutHeight, block.OutWidth) : input;
        var exit = 0;
        while (exit < _spec.Exits.Count && _spec.Exits[exit].AfterBlock != block.Index)
        {
            exit++;
        }

        return new CompiledBlock
        {
            Body = block.IsBottleneck ? Bottleneck(block, input, output) : Basic(block, input, output),
            Projection = block.HasProjection
                ? _layers.Convolution(block.Prefix + "downsample.0", block.Prefix + "downsample.1", 1, block.Stride, input, output)
                : null,
            Gate = block.IsGated ? GateOver(input, block.Prefix + "gate.") : null,
            Input = input,
            Output = output,
            Cost = cost.Blocks[block.Index],
            Exit = exit < _spec.Exits.Count
                ? new CompiledExit(exit, HeadOver(output, $"exits.{exit}.", _spec.Exits[exit].Head), cost.Exits[exit])
                : null,
        };
    }

    private Convolution[] Basic(ResidualBlock block, FeatureMap input, FeatureMap output)
    {
        var middle = _arena.SharedMap("middle", block.MidChannels, block.OutHeight, block.OutWidth);
        return
        [
            _layers.Convolution(block.Prefix + "conv1", block.Prefix + "bn1", 3, block.Stride, input, middle),
            _layers.Convolution(block.Prefix + "conv2", block.Prefix + "bn2", 3, 1, middle, output),
        ];
    }

    private Convolution[] Bottleneck(ResidualBlock block, FeatureMap input, FeatureMap output)
    {
        var narrow = _arena.SharedMap("narrow", block.MidChannels, block.InHeight, block.InWidth);
        var middle = _arena.SharedMap("middle", block.MidChannels, block.OutHeight, block.OutWidth);
        return
        [
            _layers.Convolution(block.Prefix + "conv1", block.Prefix + "bn1", 1, 1, input, narrow),
            _layers.Convolution(block.Prefix + "conv2", block.Prefix + "bn2", 3, block.Stride, narrow, middle),
            _layers.Convolution(block.Prefix + "conv3", block.Prefix + "bn3", 1, 1, middle, output),
        ];
    }

    private Gate GateOver(FeatureMap input, string prefix)
        => Control is not null ? new RecurrentGate(_layers, prefix, Control, input)
            : _spec.Network == NetworkKind.ConvNetAig ? new AigGate(_layers, prefix, input)
            : new FeedForwardGate(_layers, prefix, _spec.Gate, input);

    private Head HeadOver(FeatureMap input, string prefix, HeadKind kind)
        => kind == HeadKind.Pooled
            ? new PooledHead(_layers, prefix, _spec.Classes, input)
            : new GridHead(_layers, prefix, _spec.Classes, input);
}
