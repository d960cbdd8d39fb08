using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Scoring;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>A rehearsal runs in the background where nobody sees it fail: so it must not, whatever network is about to be loaded.</summary>
[TestClass]
public sealed class RehearsalTests
{
    [TestMethod]
    [DataRow(NetworkKind.ResNet, GateKind.Recurrent, 1, 28, 28)]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent, 3, 32, 32)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardI, 3, 5, 64)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardII, 1024, 1, 1)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent, 4, 4096, 3)]
    public void Run_AnyCifarNetwork_GivesProbabilities(NetworkKind network, GateKind gate, int channels, int height, int width)
    {
        var spec = TestModels.Spec(network, gate: gate) with
        {
            Image = new ImageShape(channels, height, width),
            Architecture = ResNetArchitecture.Cifar(110),
            Exits = [new ExitSpec(3, HeadKind.Grid), new ExitSpec(40, HeadKind.Pooled)],
            Head = HeadKind.Grid,
        };

        CollectionAssert.AreEqual(new[] { 0.5f, 0.5f }, Rehearsal.Run(spec));
    }

    [TestMethod]
    public void Run_LargeImages_AreRehearsedSmall()
    {
        var spec = TestModels.Spec(NetworkKind.ConvNetAig) with
        {
            Image = new ImageShape(3, 224, 224),
            Architecture = ResNetArchitecture.ImageNet(152),
        };
        var before = GC.GetAllocatedBytesForCurrentThread();

        Rehearsal.Run(spec);

        Assert.IsLessThan(20_000_000L, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
