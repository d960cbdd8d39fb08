using AdaptiveInference.ML.Transforms.Tests.Inference;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Benchmarks.Kernels;

/// <summary>One kernel on maps of one size, at the best vector width of the machine.</summary>
public sealed unsafe class KernelCase
{
    private readonly string _name;
    private readonly Func<KernelsOfWidth, ArenaLayout, Action<Arena>> _prepare;
    private Arena? _arena;
    private Action<Arena>? _run;

    private KernelCase(string name, long macs, Func<KernelsOfWidth, ArenaLayout, Action<Arena>> prepare)
    {
        _name = name;
        Macs = macs;
        _prepare = prepare;
    }

    /// <summary>Multiply–accumulates of the mathematics, whatever the algorithm saves of them.</summary>
    public long Macs { get; }

    /// <summary>All that are measured.</summary>
    public static IEnumerable<KernelCase> All()
    {
        foreach (var (channels, size) in ((int, int)[])[(16, 32), (32, 16), (32, 14), (64, 8), (64, 56), (256, 14)])
        {
            var algorithms = Enum.GetValues<ConvolutionAlgorithm>();
            foreach (var algorithm in algorithms.Where(algorithm => ConvolutionAlgorithmChoice.Fits(algorithm, size, size, stride: 1)))
            {
                yield return Convolution(algorithm.ToString(), channels, channels, size, 3, 1, algorithm);
            }
        }

        foreach (var (inputs, outputs, size) in ((int, int, int)[])[(16, 32, 32), (16, 32, 28), (32, 64, 16), (128, 128, 56)])
        {
            yield return Convolution("Direct", inputs, outputs, size, 3, 2);
            yield return Convolution("Winograd", inputs, outputs, size, 3, 2, ConvolutionAlgorithm.WinogradStride2);
        }

        yield return Convolution("Direct", 64, 256, 56, 1, 1);
        yield return Convolution("Direct", 256, 64, 56, 1, 1);
        yield return Convolution("Direct", 1024, 256, 14, 1, 1);
        yield return Convolution("Direct", 16, 32, 32, 1, 2);
        yield return Convolution("Stem", 3, 16, 32, 3, 1);
        yield return Convolution("Stem", 1, 16, 28, 3, 1);
        yield return Convolution("Stem", 3, 64, 224, 7, 2);
        yield return OfGate("Gate, recurrent", NetworkKind.SkipNet, GateKind.Recurrent);
        yield return OfGate("Gate, feed-forward I", NetworkKind.SkipNet, GateKind.FeedForwardI);
        yield return OfGate("Gate, feed-forward II", NetworkKind.SkipNet, GateKind.FeedForwardII);
        yield return OfGate("Gate, ConvNet-AIG", NetworkKind.ConvNetAig, GateKind.Recurrent);
        yield return OfHead("Head, pooled", HeadKind.Pooled);
        yield return OfHead("Head, grid", HeadKind.Grid);
    }

    /// <summary>Packs weights and takes memory.</summary>
    public void Prepare()
    {
        var layout = new ArenaLayout(VectorWidthChoice.Best);
        _run = _prepare(KernelsOfWidth.Of(VectorWidthChoice.Best), layout);
        _arena = new Arena(layout);
    }

    /// <summary>Runs the kernel once.</summary>
    public void Run() => _run!(_arena!);

    /// <inheritdoc />
    public override string ToString() => _name;

    private static KernelCase Convolution(
        string name, int inputs, int outputs, int size, int kernel, int stride,
        ConvolutionAlgorithm algorithm = ConvolutionAlgorithm.Direct)
    {
        var target = (size + stride - 1) / stride;
        var text = $"{name} {kernel}×{kernel}{(stride == 1 ? "" : $"/{stride}")}, {inputs}→{outputs}, {size}×{size}";
        return new KernelCase(text, (long)inputs * outputs * kernel * kernel * target * target, (kernels, layout) =>
        {
            var random = new Random(1);
            float[] weights = [.. Enumerable.Range(0, inputs * outputs * kernel * kernel).Select(_ => random.NextSingle() - 0.5f)];
            double[] scale = [.. Enumerable.Repeat(1.0, outputs)];
            var layer = new FoldedConvolution(outputs, inputs, kernel, stride, weights, scale, new double[outputs]);
            var input = name == "Stem" ? layout.Image(new ImageShape(inputs, size, size), kernel / 2) : layout.Map(inputs, size, size);
            var convolution = kernels.Convolution(layer, input, layout.Map(outputs, target, target), algorithm, layout);
            return arena => convolution.Run(arena.Origin, Epilogue.Relu);
        });
    }

    // Over the first block of the second stage of a CIFAR network, channel sums included.
    private static KernelCase OfGate(string name, NetworkKind network, GateKind kind)
    {
        var random = Network(network, kind, HeadKind.Pooled);
        var block = random.Plan.Blocks[1];
        return new KernelCase(
            $"{name}, {block.InChannels} channels, {block.InHeight}×{block.InWidth}",
            new CostModel(random.Plan).Blocks[1].Gate,
            (kernels, layout) =>
            {
                var layers = Layers(random, kernels, layout);
                var map = layout.Map(block.InChannels, block.InHeight, block.InWidth);
                var control = random.Plan.Control is { } shared ? new RecurrentGateLstm(layers, shared) : null;
                var gate = Gate.Of(layers, block.Gate!, control, map);
                return arena =>
                {
                    if (gate.ReadsSums)
                    {
                        kernels.Sum(arena.Origin, map);
                    }

                    gate.LogOdds(arena.Origin);
                };
            });
    }

    private static KernelCase OfHead(string name, HeadKind kind)
    {
        var random = Network(NetworkKind.ResNet, GateKind.Recurrent, kind);
        var block = random.Plan.Blocks[^1];
        return new KernelCase(
            $"{name}, {block.OutChannels} channels, {block.OutHeight}×{block.OutWidth}",
            new CostModel(random.Plan).Head,
            (kernels, layout) =>
            {
                var layers = Layers(random, kernels, layout);
                var map = layout.Map(block.OutChannels, block.OutHeight, block.OutWidth);
                var head = Head.Of(layers, random.Plan.Head, map);
                return arena =>
                {
                    if (head.ReadsSums)
                    {
                        kernels.Sum(arena.Origin, map);
                    }

                    head.Logits(arena.Origin);
                };
            });
    }

    private static RandomNetwork Network(NetworkKind network, GateKind gate, HeadKind head) => new(
        new NetworkSpec
        {
            Network = network,
            Gate = gate,
            Head = head,
            Architecture = ResNetArchitecture.Cifar(8),
            Image = new ImageShape(3, 32, 32),
            Classes = 10,
        },
        1);

    private static LayerCompiler Layers(RandomNetwork random, KernelsOfWidth kernels, ArenaLayout layout)
        => new(random.Weights, kernels, layout, new ConvolutionAlgorithmChoice(random.Plan, kernels.Width));
}
