using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>Turns the flat list of blocks and the weights into packed layers with places in the arena.</summary>
internal sealed class CompiledNetwork
{
    private readonly BlockPlan _plan;
    private readonly ArenaLayout _arena;
    private readonly LayerCompiler _layers;

    /// <summary>Compiles a network.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="cost">Its cost.</param>
    /// <param name="kernels">What it is computed with.</param>
    /// <param name="workers">Cores that may work at one image.</param>
    /// <param name="int8">What is in 8 bits, and what its numbers stand for; null leaves everything in 32 bits.</param>
    /// <param name="use">Where kernels for bytes compute what is in 8 bits.</param>
    public CompiledNetwork(
        BlockPlan plan, NetworkWeights weights, CostModel cost, KernelsOfWidth kernels, int workers, Int8Ranges? int8 = null,
        EightBitUse use = EightBitUse.WhereFaster)
    {
        _plan = plan;
        _arena = new ArenaLayout(kernels.Width, workers);
        Kernels = kernels;
        var algorithms = new ConvolutionAlgorithmChoice(plan, kernels.Width);
        var eightBit = int8 is null ? null : new EightBitCompiler(int8, kernels.Width, algorithms, use);
        EightBitKind = eightBit?.Kernels.Kind;
        _layers = new LayerCompiler(weights, kernels, _arena, algorithms, eightBit);
        var (stem, pool) = (plan.Stem.Convolution, plan.Stem.Pool);
        Image = _arena.Image(plan.Spec.Image, stem.Padding);
        StemOutput = _arena.Map(stem.Outputs, stem.OutHeight, stem.OutWidth);
        Stem = CompiledStem.Of(_layers, stem, Image, StemOutput);
        StemPool = pool is null
            ? null
            : CompiledPool.Of(_layers, pool, StemOutput, _arena.Map(stem.Outputs, plan.Stem.OutHeight, plan.Stem.OutWidth));
        Control = plan.Control is null ? null : new RecurrentGateLstm(_layers, plan.Control);

        var map = StemPool?.Output ?? StemOutput;
        Blocks = new CompiledBlock[plan.Blocks.Count];
        foreach (var block in plan.Blocks)
        {
            var compiled = Blocks[block.Index] = Compile(block, map, cost);
            map = compiled.Output;
        }

        Head = Head.Of(_layers, plan.Head, map);
        Average = plan.Spec.AveragesHeads ? new CompiledHeadMean(_arena, plan.Spec.Classes) : null;
    }

    public KernelsOfWidth Kernels { get; }

    /// <summary>What multiplies bytes; null where everything is in 32 bits.</summary>
    public DotInstructions? EightBitKind { get; }

    /// <summary>Convolutions that kernels for bytes compute.</summary>
    public int ConvolutionsInBytes { get; private set; }

    /// <summary>Where the normalised image is put.</summary>
    public FeatureMap Image { get; }

    /// <summary>The stem's convolution, and before one in 16 bits the way from floats to integers.</summary>
    public Convolution[] Stem { get; }

    public FeatureMap StemOutput { get; }

    /// <summary>The stem's max pool, null where there is none.</summary>
    public CompiledPool? StemPool { get; }

    /// <summary>State of the recurrent gates, null for other gates.</summary>
    public RecurrentGateLstm? Control { get; }

    public CompiledBlock[] Blocks { get; }

    /// <summary>Number of exits.</summary>
    public int Exits => _plan.Exits.Count;

    public Head Head { get; }

    /// <summary>The mean of the heads' class scores, null where heads are not averaged.</summary>
    public CompiledHeadMean? Average { get; }

    /// <summary>What the head reads.</summary>
    public FeatureMap Features => Blocks[^1].Output;

    /// <summary>What an exit's head reads.</summary>
    public FeatureMap MapOfExit(int exit) => Blocks[_plan.Spec.Exits[exit].AfterBlock].Output;

    /// <summary>Layout of every arena.</summary>
    public ArenaLayout Arena => _arena;

    private CompiledBlock Compile(ResidualBlock block, FeatureMap input, CostModel cost)
    {
        var output = block.Projection is null ? input : _arena.Map(block.OutChannels, block.OutHeight, block.OutWidth);
        var convolutions = new BlockConvolutions(_layers, block, input, output);
        ConvolutionsInBytes += convolutions.InBytes;
        return new CompiledBlock
        {
            Body = convolutions.Body,
            Shortcut = convolutions.Shortcut,
            Inputs = convolutions.Inputs,
            Gate = block.Gate is null ? null : Gate.Of(_layers, block.Gate, Control, input),
            BudgetCurve = block.BudgetCurve is null ? null : _layers.Weights.Array(block.BudgetCurve.Values),
            OpensAtTie = block.Gate is { OpensAtTie: true },
            ReluWhenSkipped = block.ReluWhenSkipped,
            Input = input,
            Output = output,
            Cost = cost.Blocks[block.Index],
            Exit = _plan.ExitAfter(block.Index) is { } exit
                ? new CompiledExit(exit, Head.Of(_layers, _plan.Exits[exit], output), cost.Exits[exit])
                : null,
        };
    }
}
