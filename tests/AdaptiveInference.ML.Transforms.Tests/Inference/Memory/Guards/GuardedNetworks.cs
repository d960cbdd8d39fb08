using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Memory.Guards;

/// <summary>
/// Typical networks, with and without a guard: where maps lie far apart and off the vectors' boundaries, and where everything else is
/// forbidden, they give the same bits.
/// </summary>
[TestClass]
public sealed class GuardedNetworks
{
    [TestMethod]
    [DataRow(NetworkKind.ResNet, GateKind.Recurrent, 20, 3, 32, 32)]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent, 14, 1, 28, 28)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardI, 8, 3, 33, 57)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardII, 8, 3, 20, 9)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent, 18, 3, 64, 64)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent, 50, 3, 65, 34)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardI, 11, 3, 51, 45)]
    public void Run_TypicalNetwork_SameBitsAsWithoutGuard(
        NetworkKind network, GateKind gate, int depth, int channels, int height, int width)
    {
        var architecture = depth switch
        {
            18 or 50 => ResNetArchitecture.ImageNet(depth),
            11 => ResNetArchitecture.ImageNet([1, 1, 1], bottleneck: true).WithStemWidth(8).WithStrideInFirstConvolution(),
            _ => ResNetArchitecture.Cifar(depth),
        };
        var spec = PlanAssert.Spec(network, gate, architecture, new ImageShape(channels, height, width)) with
        {
            Exits = [new ExitSpec(0, HeadKind.Grid), new ExitSpec(1, HeadKind.Pooled)],
            AveragesHeads = depth == 14,
        };
        var random = new RandomNetwork(spec, depth);
        var image = random.Image();
        foreach (var vectors in VectorWidthChoice.Available)
        {
            var guarded = Run();
            var guard = MemoryGuard.Current;
            MemoryGuard.Current = null;
            var plain = Run();
            MemoryGuard.Current = guard;

            CollectionAssert.AreEqual(plain, guarded, $"{vectors}");

            float[] Run() => PlanAssert.Run(
                InferencePlan.Compile(random.Plan, random.Weights, random.Statistics, vectors), image, ScoringPolicy.Default).Logits;
        }
    }
}
