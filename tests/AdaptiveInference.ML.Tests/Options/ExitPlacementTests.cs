using AdaptiveInference.ML.Options;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Tests.Options;

[TestClass]
public sealed class ExitPlacementTests
{
    [TestMethod]
    [DataRow(8, new[] { 0, 1 })]
    [DataRow(20, new[] { 0, 2, 4 })]
    [DataRow(38, new[] { 1, 5, 9 })]
    public void Of_Default_PutsExitsNearTheShares(int depth, int[] blocks)
        => CollectionAssert.AreEqual(blocks, ExitPlacement.Of(Spec(depth), new ExitOptions()).Select(exit => exit.AfterBlock).ToArray());

    [TestMethod]
    public void Of_WideShortcuts_CountsThemToo()
    {
        // Without its projections a ResNet-50 would have exits after blocks 1, 5 and 9.
        var spec = Spec(20) with { Architecture = ResNetArchitecture.ImageNet(50), Image = new ImageShape(3, 224, 224) };

        CollectionAssert.AreEqual(new[] { 1, 4, 7 }, ExitPlacement.Of(spec, new ExitOptions()).Select(exit => exit.AfterBlock).ToArray());
    }

    [TestMethod]
    public void Of_GivenBlocks_TakesThem()
    {
        var exits = ExitPlacement.Of(Spec(20), new ExitOptions { AfterBlocks = [1, 7], Head = HeadKind.Pooled });
        CollectionAssert.AreEqual((ExitSpec[])[new(1, HeadKind.Pooled), new(7, HeadKind.Pooled)], exits.ToArray());
    }

    private static NetworkSpec Spec(int depth) => new()
    {
        Network = NetworkKind.ResNet, Architecture = ResNetArchitecture.Cifar(depth), Image = new ImageShape(1, 28, 28), Classes = 10,
    };
}
