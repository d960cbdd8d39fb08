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
            source.Layout.Select(tensor => tensor.Name).Where(name => !name.StartsWith("fc.", StringComparison.Ordinal)).ToArray(),
            taken.ToArray());
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

    [TestMethod]
    [DataRow(HeadKind.Pooled, "fc")]
    [DataRow(HeadKind.Grid, "head.fc2")]
    public void TakeBackbone_ClassesInAnotherOrder_MovesTheirRowsAndLeavesNewOnesFresh(HeadKind head, string classifier)
    {
        var spec = Static with { Head = head, Exits = [new ExitSpec(1, HeadKind.Grid)], Classes = 3 };
        var source = TestNetworks.Weights(spec.Plan(), 5);
        int[] places = [2, -2, 0, 1];

        var (before, after, taken) = Take(spec with { Classes = 4 }, source, places);

        Assert.HasCount(source.Layout.Count, taken);
        foreach (var name in (string[])[classifier + ".weight", classifier + ".bias", "exits.0.fc2.weight", "exits.0.fc2.bias"])
        {
            var length = source[name].Length / 3;
            for (var row = 0; row < places.Length; row++)
            {
                var expected = places[row] < 0
                    ? before[name].Slice(row * length, length)
                    : source[name].Slice(places[row] * length, length);
                Assert.IsTrue(expected.SequenceEqual(after[name].Slice(row * length, length)), $"{name}, row {row}");
            }
        }
    }

    private static (NetworkWeights Before, NetworkWeights After, IReadOnlyList<string> Taken) Take(
        NetworkSpec target, NetworkWeights source, int[]? places = null)
    {
        using var module = new GatedResNetModule(target.Plan(), 1);
        var before = module.Export();
        var taken = module.TakeBackbone(
            source, places ?? [.. Enumerable.Range(0, target.Classes).Select(place => target.Classes == Static.Classes ? place : -2)]);
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
