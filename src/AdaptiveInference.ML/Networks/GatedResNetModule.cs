using AdaptiveInference.ML.Gates;
using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Transforms.Architectures;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <summary>
/// A static or gated residual network in libtorch, for training: every block is computed for every image and the gates' decisions are
/// factors, because gradients and batch-norm need it so. Real skipping is the inference plan's.
/// SkipNet: Wang et al., ECCV 2018, arXiv 1711.09485. ConvNet-AIG: Veit and Belongie, ECCV 2018, arXiv 1711.11503.
/// </summary>
/// <remarks>
/// Parameters and buffers are registered under <see cref="WeightLayout"/>'s names. A pass is safe in a dispose scope of the caller's and
/// leaves nothing behind but its result. The network stays on the device that it was made on.
/// </remarks>
internal sealed partial class GatedResNetModule : nn.Module
{
    private readonly NetworkTensors _tensors;
    private readonly ConvolutionLayer _stem;
    private readonly BatchNormLayer _stemNorm;
    private readonly BlockModule[] _blocks;
    private readonly HeadModule[] _exits;
    private readonly HeadModule _head;
    private bool _batchNormFrozen;

    /// <param name="plan">The network's blocks.</param>
    /// <param name="seed">Of the first weights: the same seed gives the same network.</param>
    /// <param name="device">Where it lives; null is the CPU.</param>
    public GatedResNetModule(BlockPlan plan, int seed, Device? device = null)
        : base(Started(nameof(GatedResNetModule)))
    {
        Plan = plan;
        Device = device ?? CPU;
        var tensors = new NetworkTensors(plan, seed, Device);
        _tensors = tensors;
        _stem = new ConvolutionLayer(tensors, plan.Stem.Convolution);
        _stemNorm = new BatchNormLayer(tensors, plan.Stem.Convolution.Norm);
        var control = plan.Control is null ? null : new RecurrentGateLstmModule(tensors, plan.Control);
        _blocks = [.. plan.Blocks.Select(block => new BlockModule(tensors, block, Gate(tensors, block.Gate, control)))];
        _exits = [.. plan.Exits.Select(exit => HeadModule.Of(tensors, exit))];
        _head = HeadModule.Of(tensors, plan.Head);
        foreach (var tensor in tensors.Layout)
        {
            if (tensors[tensor.Name] is Parameter parameter)
            {
                register_parameter(tensor.Name, parameter);
            }
            else
            {
                register_buffer(tensor.Name, tensors[tensor.Name]);
            }
        }
    }

    public BlockPlan Plan { get; }

    public Device Device { get; }

    /// <summary>
    /// Whether blocks compute in bfloat16 and pass it on. Weights, batch-norm's statistics, gates, heads and all gradients of weights stay
    /// in single precision.
    /// </summary>
    public bool InBFloat16 { get; set; }

    /// <summary>
    /// Whether gradients reach the exits' heads alone and the rest of the network keeps its batch-norm statistics in training mode too.
    /// </summary>
    public bool TrainsExitsAlone { get; set; }

    /// <summary>Parameters of the gates and of what they share.</summary>
    public IEnumerable<Parameter> GateParameters => Of(NetworkTensors.IsGate);

    /// <summary>All parameters that are not the gates': stem, blocks, the last head and the exits' heads.</summary>
    public IEnumerable<Parameter> BackboneParameters => Of(name => !NetworkTensors.IsGate(name));

    /// <summary>Parameters of the early exits' heads, a part of <see cref="BackboneParameters"/>.</summary>
    public IEnumerable<Parameter> ExitParameters => Of(NetworkTensors.IsExit);

    /// <summary>
    /// Runs a batch. In training mode batch-norm needs at least two images where a layer sees one value per image and channel.
    /// </summary>
    /// <param name="images">Normalised, on the network's device. (N, C, H, W)</param>
    /// <param name="sampler">Decides the gates, or the blocks of a static network.</param>
    public NetworkPass Run(Tensor images, IGateSampler sampler) => Run(NetworkInput.Of(images), sampler);

    /// <inheritdoc cref="Run(Tensor, IGateSampler)" />
    /// <param name="input">Images, or what the first blocks made of them: the pass goes on from there.</param>
    /// <param name="sampler">Decides the gates, or the blocks of a static network.</param>
    public NetworkPass Run(NetworkInput input, IGateSampler sampler)
    {
        using var scope = NewDisposeScope();
        using var noGradient = TrainsExitsAlone ? no_grad() : null;
        var pass = new Pass(this, input, sampler, training && !_batchNormFrozen && !TrainsExitsAlone);
        var exitLogits = new List<Tensor>(_exits.Length);
        pass.GoOnFromInput();
        foreach (var pooled in input.HeadInputs.Take(_exits.Length))
        {
            exitLogits.Add(ExitLogits(_exits[exitLogits.Count], pooled));
        }

        var x = input.Images is { } images ? Stem(images, pass.BatchStatistics)
            : input.Map is { } map ? ToBlockPrecision(map.alias())
            : null;
        foreach (var block in _blocks.Skip(input.BlocksDone))
        {
            var previous = x!;
            x = pass.Run(block, previous);
            previous.Dispose();
            if (exitLogits.Count < _exits.Length && Plan.Spec.Exits[exitLogits.Count].AfterBlock == block.Block.Index)
            {
                exitLogits.Add(ExitLogits(_exits[exitLogits.Count], x));
            }
        }

        var logits = x is null ? _head.Classify(input.HeadInputs[^1], pass.BatchStatistics) : _head.Logits(x, pass.BatchStatistics);
        return new NetworkPass(logits.MoveToOuterDisposeScope(), exitLogits, [.. pass.Decisions.Select(Keep)]);
    }

    /// <summary>Copies weights in.</summary>
    /// <exception cref="ArgumentException">The weights are those of another network.</exception>
    public void Load(NetworkWeights weights) => _tensors.Load(weights);

    /// <summary>Copies the weights out. Whether they are finite is the caller's to check.</summary>
    public NetworkWeights Export() => _tensors.Export();

    /// <summary>
    /// Warm start: copies in every backbone tensor of equal name and shape, and the last head, each exit's head and the gates where they
    /// are of the same kind. In heads each class takes its own row along. What the source lacks (classes, gates of another kind, heads when
    /// no class is known) keeps its fresh values.
    /// </summary>
    /// <param name="source">Weights of another network.</param>
    /// <param name="classes">Place of each of this network's classes among the source's, negative for one that it lacks.</param>
    /// <returns>Names of the tensors taken, as a whole or in part.</returns>
    public IReadOnlyList<string> TakeBackbone(NetworkWeights source, IReadOnlyList<int> classes) => _tensors.TakeBackbone(source, classes);

    /// <summary>
    /// Frozen, batch-norm uses its running statistics in training mode too and leaves them as they are: sampled gates would corrupt them.
    /// Its weights and biases still learn.
    /// </summary>
    public void FreezeBatchNorm(bool frozen) => _batchNormFrozen = frozen;

    // Layers hold their tensors, so a replaced parameter would go on living in them.
    protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
        => throw new InvalidOperationException(
            "A network stays on the device and in the type that it was made with. Make another one and load the weights.");

    // The base constructor is the first call into the native library.
    private static string Started(string name)
    {
        LibTorchRuntime.Start();
        return name;
    }

    private static IGateNetwork? Gate(NetworkTensors tensors, GateSpec? spec, RecurrentGateLstmModule? control) => spec switch
    {
        null => null,
        AigGateSpec aig => new AigGateModule(tensors, aig),
        RecurrentGateSpec recurrent => new RecurrentGateModule(tensors, recurrent, control!),
        FeedForwardGateSpec feedForward => new FeedForwardGateModule(tensors, feedForward),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.GetType().Name, "There is no torch module for gates of this kind."),
    };

    private static SampledGate Keep(SampledGate decision)
    {
        decision.Logit.MoveToOuterDisposeScope();
        decision.Open.MoveToOuterDisposeScope();
        decision.LogProbability?.MoveToOuterDisposeScope();
        return decision;
    }

    private IEnumerable<Parameter> Of(Func<string, bool> chosen) => named_parameters().Where(p => chosen(p.name)).Select(p => p.parameter);

    private Tensor Stem(Tensor images, bool batchStatistics)
    {
        using var scope = NewDisposeScope();
        var statistics = batchStatistics && !KeepsStatistics(stage: 0);
        var x = _stemNorm.Forward(ToBlockPrecision(_stem.Forward(ChannelsLast.Of(images))), statistics).relu_();
        x = Plan.Stem.Pool is { } pool ? nn.functional.max_pool2d(x, pool.Window, pool.Stride, pool.Padding) : x;
        return x.MoveToOuterDisposeScope();
    }

    // The stem itself stays in single precision: convolutions of so few channels are no faster in bfloat16.
    private Tensor ToBlockPrecision(Tensor x) => InBFloat16 ? x.to(ScalarType.BFloat16) : x;

    // Of a feature map, or of what the exit's head pools of it.
    private Tensor ExitLogits(HeadModule exit, Tensor x)
    {
        using var gradient = TrainsExitsAlone && training ? enable_grad() : null;
        var statistics = training && !_batchNormFrozen;
        return (x.dim() == 4 ? exit.Logits(x, statistics) : exit.Classify(x, statistics)).MoveToOuterDisposeScope();
    }
}
