using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Tests.Inference;

namespace AdaptiveInference.ML.Transforms.Tests.Cost;

[TestClass]
public sealed class NetworkSizeTests
{
    public static IEnumerable<object[]> Networks =>
    [
        [Cifar(20, 32)],
        [Cifar(8, 13) with { Network = NetworkKind.SkipNet, Gate = GateKind.FeedForwardI, Head = HeadKind.Grid }],
        [Cifar(14, 30) with { Network = NetworkKind.SkipNet, Gate = GateKind.FeedForwardII }],
        [Cifar(14, 16) with { Network = NetworkKind.SkipNet, Exits = [new ExitSpec(1, HeadKind.Grid), new ExitSpec(3, HeadKind.Pooled)] }],
        [Cifar(8, 200) with { Network = NetworkKind.ConvNetAig, AveragesHeads = true, Exits = [new ExitSpec(0, HeadKind.Pooled)] }],
        [Cifar(8, 16) with { Classes = 5000 }],
        [ImageNet(18, 64)],
        [ImageNet(50, 32) with { Image = new ImageShape(7, 50, 90), Classes = 37 }],
        [Cifar(14, 20) with { Architecture = ResNetArchitecture.Cifar(14).WithStemWidth(8) }],
        [
            Cifar(8, 64) with
            {
                Architecture = ResNetArchitecture.ImageNet([1, 2, 1], bottleneck: true).WithStemWidth(24).WithStrideInFirstConvolution(),
                Network = NetworkKind.SkipNet,
                Gate = GateKind.FeedForwardI,
            }
        ],
    ];

    [TestMethod]
    public void Of_ResNet18_GivesWhatIsPublished()
    {
        var size = NetworkSize.Of(BlockPlan.Of(ImageNet(18, 224)));

        // torchvision: 11,689,512 parameters, and two statistics for each of the 4,800 channels that are normalised; 1.814 G MACs.
        Assert.AreEqual(11_689_512 + (2 * 4_800), size.Weights);
        Assert.AreEqual(1_814_073_344, size.Macs);
    }

    [TestMethod]
    public void Of_GatesAndExits_AreCounted()
    {
        var plain = NetworkSize.Of(BlockPlan.Of(Cifar(8, 32)));
        var gated = NetworkSize.Of(BlockPlan.Of(
            Cifar(8, 32) with { Network = NetworkKind.ConvNetAig, Exits = [new ExitSpec(0, HeadKind.Pooled)] }));

        // Gates over 16, 16 and 32 channels: C·16 + 16·2 each; the exit: 16·10.
        Assert.AreEqual(plain.Macs + (64 * 16) + (3 * 32) + 160, gated.Macs);
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Of_ScratchBytes_AreEnoughForTheCompiledNetworkAndNotMuchMore(object described)
    {
        var network = new RandomNetwork((NetworkSpec)described, 1);
        var size = NetworkSize.Of(network.Plan).ScratchBytes;

        foreach (var width in VectorWidthChoice.Available)
        {
            var compiled = new CompiledNetwork(network.Plan, network.Weights, new CostModel(network.Plan), KernelsOfWidth.Of(width), 1);
            var taken = (compiled.Arena.Length + (3L * network.Plan.Spec.Image.Size)) * sizeof(float);
            Assert.IsInRange(size / 2, size + 4096, taken, $"{width}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Of_InEightBits_ScratchBytesAreEnoughHoweverTheyAreComputed(object described)
    {
        var network = new RandomNetwork((NetworkSpec)described, 1);
        var size = NetworkSize.Of(network.Plan, inEightBits: true).ScratchBytes;
        var ranges = new float[2 * Int8Ranges.Count(network.Plan)];
        var biases = new Int8Biases(network.Plan, new float[Int8Biases.Count(network.Plan)]);
        var all = Int8SetChoice.Of(network.Plan, VectorWidthChoice.Best, Int8Choice.All);
        var int8 = new Int8Ranges(network.Plan, ranges, all, biases, RandomRanges.Calibration);

        foreach (var use in Enum.GetValues<EightBitUse>())
        {
            var compiled = new CompiledNetwork(
                network.Plan, network.Weights, new CostModel(network.Plan), KernelsOfWidth.Of(VectorWidthChoice.Best), 1, int8, use);
            var taken = (compiled.Arena.Length + (3L * network.Plan.Spec.Image.Size)) * sizeof(float);
            Assert.IsInRange(size / 3, size + 4096, taken, $"{use}");
        }
    }

    internal static NetworkSpec Cifar(int depth, int side) => new()
    {
        Network = NetworkKind.ResNet, Architecture = ResNetArchitecture.Cifar(depth), Image = new ImageShape(3, side, side), Classes = 10,
    };

    internal static NetworkSpec ImageNet(int depth, int side)
        => Cifar(8, side) with { Architecture = ResNetArchitecture.ImageNet(depth), Classes = 1000 };
}
