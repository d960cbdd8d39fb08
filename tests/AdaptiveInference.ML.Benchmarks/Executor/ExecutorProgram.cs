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

    private static readonly (string Name, NetworkSpec Spec)[] Subjects =
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
    ];

    public static void Run(string[] args)
    {
        var arguments = new BenchmarkArguments(args, "width", "cores");
        var best = VectorWidths.Best;
        var width = (VectorWidth)(arguments.Number("width", (int)best * 32) / 32);
        if (!VectorWidths.Available.Contains(width))
        {
            throw new BenchmarkArgumentException(
                $"--width must be one of {string.Join(", ", VectorWidths.Available.Select(w => (int)w * 32))}.");
        }

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

    private static (string Name, NetworkSpec Spec) Subject(
        string name,
        ResNetArchitecture architecture,
        ImageShape image,
        NetworkKind network = NetworkKind.SkipNet,
        GateKind gate = GateKind.Recurrent)
        => (name, new NetworkSpec { Network = network, Gate = gate, Architecture = architecture, Image = image, Classes = 10 });
}
