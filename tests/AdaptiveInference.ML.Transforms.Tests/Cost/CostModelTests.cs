using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;

namespace AdaptiveInference.ML.Transforms.Tests.Cost;

[TestClass]
public sealed class CostModelTests
{
    [TestMethod]
    public void Of_ResNet8ByHand_CountsEveryPart()
    {
        // ResNet-8 on 1×28×28 for 10 classes with ConvNet-AIG's gates: 16, 32 and 64 channels at 28, 14 and 7 pixels.
        const long Stem = 16 * 9 * 784, First = 2 * 16 * 16 * 9 * 784, Head = 64 * 10;
        const long Second = ((32 * 16) + (32 * 32)) * 9 * 196, SecondShortcut = 32 * 16 * 196;
        const long Third = ((64 * 32) + (64 * 64)) * 9 * 49, ThirdShortcut = 64 * 32 * 49;
        const long Full = Stem + First + Second + SecondShortcut + Third + ThirdShortcut + Head;

        var cost = new CostModel(BlockPlan.Of(new NetworkSpec
        {
            Network = NetworkKind.ConvNetAig, Architecture = ResNetArchitecture.Cifar(8), Image = new ImageShape(1, 28, 28), Classes = 10,
            Exits = [new ExitSpec(1, HeadKind.Pooled)],
        }));

        Assert.AreEqual(Stem, cost.Stem);
        Assert.AreEqual(Head, cost.Head);
        CollectionAssert.AreEqual(
            new BlockCost[]
            {
                new(First, 0, (16 * 16) + (16 * 2)), new(Second, SecondShortcut, (16 * 16) + (16 * 2)),
                new(Third, ThirdShortcut, (32 * 16) + (16 * 2)),
            },
            cost.Blocks.ToArray());
        CollectionAssert.AreEqual(new long[] { 32 * 10 }, cost.Exits.ToArray());
        Assert.AreEqual(Full, cost.Full);
        Assert.AreEqual((double)(Second + SecondShortcut + Third + ThirdShortcut + Head) / Full, cost.FractionBehind(0), 1e-12);
        Assert.AreEqual((double)(Third + ThirdShortcut + Head) / Full, cost.FractionBehind(1), 1e-12);
        Assert.AreEqual((double)Head / Full, cost.FractionBehind(2), 1e-12);
    }
}
