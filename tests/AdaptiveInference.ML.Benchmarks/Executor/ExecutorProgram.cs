using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Benchmarks.Executor;

/// <summary>
/// <c>executor [subject …] [--width 512|256|128] [--cores 1|2|…]</c>: one image at a time, against ONNX Runtime with as many threads.
/// </summary>
internal static class ExecutorProgram
{
    private static readonly ImageShape Cifar = new(3, 32, 32);
    private static readonly ImageShape Fashion = new(1, 28, 28);
    private static readonly ImageShape ImageNet = new(3, 224, 224);

    // The network of Microsoft.ML.DnnImageFeaturizer.ResNet18 with a head for the classes of a small data set and, at about 40 % of the
    // compute, an exit. Its weights are random: they change no time.
    private static readonly ResNetArchitecture Pretrained = ResNetArchitecture.ImageNet([2, 2, 2, 3]);
    private static readonly ExitSpec Exit = new(AfterBlock: 3, HeadKind.Pooled);

    /// <summary>The networks by name.</summary>
    public static IReadOnlyList<(string Name, NetworkSpec Spec)> Subjects { get; } =
    [
        Subject("resnet-20", ResNetArchitecture.Cifar(20), Cifar),
        Subject("resnet-38", ResNetArchitecture.Cifar(38), Cifar),
        Subject("resnet-110", ResNetArchitecture.Cifar(110), Cifar),
        Subject("resnet-20-gray", ResNetArchitecture.Cifar(20), Fashion),
        Subject("resnet-38-gray", ResNetArchitecture.Cifar(38), Fashion),
        Subject("resnet-110-gray", ResNetArchitecture.Cifar(110), Fashion),
        Subject("resnet-38-ff1", ResNetArchitecture.Cifar(38), Cifar, gate: GateKind.FeedForwardI),
        Subject("resnet-38-ff2", ResNetArchitecture.Cifar(38), Cifar, gate: GateKind.FeedForwardII),
        Subject("resnet-38-aig", ResNetArchitecture.Cifar(38), Cifar, NetworkKind.ConvNetAig),
        Subject("resnet-18", ResNetArchitecture.ImageNet(18), ImageNet, NetworkKind.ConvNetAig),
        Subject("resnet-50", ResNetArchitecture.ImageNet(50), ImageNet, NetworkKind.ConvNetAig),
        Subject("pretrained-96", Pretrained, new ImageShape(3, 96, 96), NetworkKind.ResNet, exits: [Exit]),
        Subject("pretrained-224", Pretrained, ImageNet, NetworkKind.ResNet, exits: [Exit]),
    ];

    public static void Run(string[] args)
    {
        var arguments = new BenchmarkArguments(args, "width", "cores");
        var width = Width(arguments);
        var cores = arguments.Number("cores", 1);
        if (cores < 1 || cores > Environment.ProcessorCount)
        {
            throw new BenchmarkArgumentException($"--cores must be from 1 to {Environment.ProcessorCount}.");
        }

        foreach (var (_, spec) in arguments.Choose(Subjects, subject => subject.Name))
        {
            ExecutorBenchmark.Run(spec, width, cores);
        }
    }

    /// <summary>The width that <c>--width</c> asks for, else the best of this machine.</summary>
    public static VectorWidth Width(BenchmarkArguments arguments)
    {
        var width = (VectorWidth)(arguments.Number("width", (int)VectorWidthChoice.Best * 32) / 32);
        return VectorWidthChoice.Available.Contains(width)
            ? width
            : throw new BenchmarkArgumentException(
                $"--width must be one of {string.Join(", ", VectorWidthChoice.Available.Select(w => (int)w * 32))}.");
    }

    private static (string Name, NetworkSpec Spec) Subject(
        string name,
        ResNetArchitecture architecture,
        ImageShape image,
        NetworkKind network = NetworkKind.SkipNet,
        GateKind gate = GateKind.Recurrent,
        params ExitSpec[] exits)
        => (name, new NetworkSpec
        {
            Network = network, Gate = gate, Architecture = architecture, Image = image, Classes = 10, Exits = exits,
        });
}
