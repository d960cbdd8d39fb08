using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Tests.Networks;

[TestClass]
public sealed class TakeBackboneTests
{
    private static readonly NetworkSpec Static = TestNetworks.Cifar(NetworkKind.ResNet) with { Exits = [] };

    [TestMethod]
    [DataRow(NetworkKind.SkipNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void TakeBackbone_StaticIntoGated_TakesAllButTheGates(NetworkKind network)
    {
        var source = TestNetworks.Weights(Static.Plan(), 5);

        var (before, after, taken) = Take(Static with { Network = network }, source);

        CollectionAssert.AreEqual(source.Layout.Select(tensor => tensor.Name).ToArray(), taken.ToArray());
        AssertTaken(source, before, after, taken);
    }

    [TestMethod]
    public void TakeBackbone_OtherClasses_LeavesTheHeadFresh()
    {
        var source = TestNetworks.Weights(Static.Plan(), 5);

        var (before, after, taken) = Take(Static with { Classes = 7 }, source);

        CollectionAssert.AreEqual(
            source.Layout.Select(tensor => tensor.Name).Where(name => !name.StartsWith("fc.", StringComparison.Ordinal)).ToArray(), taken.ToArray());
        AssertTaken(source, before, after, taken);
    }

    [TestMethod]
    public void TakeBackbone_OtherClassesWithGridHead_LeavesTheWholeHeadFresh()
    {
        var spec = Static with { Head = HeadKind.Grid };

        var (_, _, taken) = Take(spec with { Classes = 7 }, TestNetworks.Weights(spec.Plan(), 5));

        Assert.IsFalse(taken.Any(name => name.StartsWith("head.", StringComparison.Ordinal)));
        Assert.IsTrue(taken.Contains("layer3.1.conv2.weight"));
    }

    [TestMethod]
    public void TakeBackbone_SameGates_TakesThem()
    {
        var spec = Static with { Network = NetworkKind.SkipNet };

        var (_, _, taken) = Take(spec with { Classes = 7 }, TestNetworks.Weights(spec.Plan(), 5));

        Assert.IsTrue(taken.Contains("control.rnn.weight_ih_l0"));
        Assert.IsTrue(taken.Contains("layer1.1.gate.embed.weight"));
    }

    [TestMethod]
    [DataRow(GateKind.FeedForwardI, GateKind.FeedForwardII)]
    [DataRow(GateKind.FeedForwardII, GateKind.FeedForwardI)]
    public void TakeBackbone_GatesThatShareSomeNames_StartFresh(GateKind from, GateKind to)
    {
        var spec = Static with { Network = NetworkKind.SkipNet };

        var (_, _, taken) = Take(spec with { Gate = to }, TestNetworks.Weights((spec with { Gate = from }).Plan(), 5));

        Assert.IsFalse(taken.Any(name => name.Contains(".gate.", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void TakeBackbone_DeeperNetwork_TakesTheBlocksThatBothHave()
    {
        var source = TestNetworks.Weights(Static.Plan(), 5);

        var (_, _, taken) = Take(Static with { Architecture = ResNetArchitecture.Cifar(20) }, source);

        CollectionAssert.AreEqual(source.Layout.Select(tensor => tensor.Name).ToArray(), taken.ToArray());
    }

    private static (NetworkWeights Before, NetworkWeights After, IReadOnlyList<string> Taken) Take(NetworkSpec target, NetworkWeights source)
    {
        using var module = new GatedResNetModule(target.Plan(), 1);
        var before = module.Export();
        var taken = module.TakeBackbone(source);
        return (before, module.Export(), taken);
    }

    private static void AssertTaken(NetworkWeights source, NetworkWeights before, NetworkWeights after, IReadOnlyList<string> taken)
    {
        foreach (var tensor in after.Layout)
        {
            var expected = taken.Contains(tensor.Name) ? source[tensor.Name] : before[tensor.Name];
            Assert.IsTrue(expected.SequenceEqual(after[tensor.Name]), tensor.Name);
        }
    }
}
