using AdaptiveInference.ML.Benchmarks;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Inference.Kernels;

// Usage: dotnet run -c Release --project tests/AdaptiveInference.ML.Benchmarks [name part] [Bits512|Bits256|Bits128]
var part = args.Length > 0 ? args[0] : "";
var width = args.Length > 1 ? Enum.Parse<VectorWidth>(args[1]) : VectorWidths.Best;
(string Name, Action Run)[] all =
[
    ("resnet38", () => Run(NetworkKind.SkipNet, GateKind.Recurrent, ResNetArchitecture.Cifar(38), new ImageShape(3, 32, 32))),
    ("resnet38-aig", () => Run(NetworkKind.ConvNetAig, GateKind.Recurrent, ResNetArchitecture.Cifar(38), new ImageShape(3, 32, 32))),
    ("resnet38-ff1", () => Run(NetworkKind.SkipNet, GateKind.FeedForwardI, ResNetArchitecture.Cifar(38), new ImageShape(3, 32, 32))),
    ("resnet38-ff2", () => Run(NetworkKind.SkipNet, GateKind.FeedForwardII, ResNetArchitecture.Cifar(38), new ImageShape(3, 32, 32))),
    ("resnet20-gray", () => Run(NetworkKind.SkipNet, GateKind.Recurrent, ResNetArchitecture.Cifar(20), new ImageShape(1, 28, 28))),
    ("resnet110", () => Run(NetworkKind.SkipNet, GateKind.Recurrent, ResNetArchitecture.Cifar(110), new ImageShape(3, 32, 32))),
    ("resnet18", () => Run(NetworkKind.ConvNetAig, GateKind.Recurrent, ResNetArchitecture.ImageNet(18), new ImageShape(3, 224, 224))),
    ("resnet50", () => Run(NetworkKind.ConvNetAig, GateKind.Recurrent, ResNetArchitecture.ImageNet(50), new ImageShape(3, 224, 224))),
];
foreach (var (name, run) in all.Where(benchmark => benchmark.Name.Contains(part, StringComparison.OrdinalIgnoreCase)))
{
    run();
}

void Run(NetworkKind network, GateKind gate, ResNetArchitecture architecture, ImageShape image)
    => ExecutorBenchmark.Run(network, gate, architecture, image, width);
