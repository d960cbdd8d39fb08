using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Limits;
using static AdaptiveInference.ML.Transforms.Tests.Cost.NetworkSizeTests;

namespace AdaptiveInference.ML.Transforms.Tests.Cost;

[TestClass]
public sealed class NetworkSizeCheckTests
{
    [TestMethod]
    public void Require_DefaultLimits_LetLargeNetworksPass()
    {
        NetworkSizeCheck.Require(BlockPlan.Of(ImageNet(152, 512)));
        NetworkSizeCheck.Require(BlockPlan.Of(ImageNet(152, 224) with { Classes = 100_000 }));
        NetworkSizeCheck.Require(BlockPlan.Of(ImageNet(50, 720)));
        NetworkSizeCheck.Require(BlockPlan.Of(ImageNet(18, 1024)));
        NetworkSizeCheck.Require(BlockPlan.Of(Cifar(1202, 32)));
        NetworkSizeCheck.Require(BlockPlan.Of(Cifar(110, 224)));
        NetworkSizeCheck.Require(BlockPlan.Of(Cifar(38, 512)));
    }

    [TestMethod]
    public void Require_TooManyMacs_SaysHowManyAndWhatToDo()
        => AssertRefused(
            Cifar(1202, 2048),
            "ResNet-1202 (CIFAR) for images of 3×2048×2048 and 10 classes needs 11,589,633,704,576 multiply–accumulates for an image, and "
            + "ResourceLimits.MaximumNetworkMacs allows 64,000,000,000. Use smaller images or a smaller network, or raise the limit if you "
            + "trust where this comes from.");

    [TestMethod]
    public void Require_FeatureMapsTooLarge_SaysHowLargeAndWhatToDo()
        => AssertRefused(
            Cifar(8, 1024),
            "ResNet-8 (CIFAR) for images of 3×1024×1024 and 10 classes needs 286,839,344 bytes for the pixels and feature maps of an "
            + "image, and ResourceLimits.MaximumScratchBytes allows 201,326,592. Use smaller images or a smaller network, or raise the "
            + "limit if you trust where this comes from.");

    [TestMethod]
    public void Require_MoreWeightsThanAnIntegerCounts_SaysHowManyAndWhatToDo()
    {
        var exits = Enumerable.Range(0, 599).Select(block => new ExitSpec(block, HeadKind.Grid)).ToArray();
        var error = Assert.ThrowsExactly<NetworkTooLargeException>(
            () => NetworkSizeCheck.Require(BlockPlan.Of(Cifar(1202, 8) with { Classes = 100_000, Exits = exits })));

        StringAssert.Contains(error.Message, "needs 3,9");
        StringAssert.Contains(error.Message, " weights, and ResourceLimits.MaximumNetworkWeights allows 400,000,000.");
    }

    [TestMethod]
    public void Require_LimitRaised_LetsTheNetworkPassUntilNoArrayHoldsItsMaps()
    {
        var (macs, scratch) = (ResourceLimits.MaximumNetworkMacs, ResourceLimits.MaximumScratchBytes);
        try
        {
            ResourceLimits.MaximumNetworkMacs = ResourceLimits.MaximumScratchBytes = long.MaxValue;

            NetworkSizeCheck.Require(BlockPlan.Of(Cifar(8, 4096)));
            var error = Assert.ThrowsExactly<NetworkTooLargeException>(
                () => NetworkSizeCheck.Require(BlockPlan.Of(Cifar(8, 4096) with { Image = new ImageShape(60, 4096, 4096) })));

            StringAssert.Contains(error.Message, "bytes for the pixels and feature maps of an image, and 8,556,3");
        }
        finally
        {
            (ResourceLimits.MaximumNetworkMacs, ResourceLimits.MaximumScratchBytes) = (macs, scratch);
        }
    }

    private static void AssertRefused(NetworkSpec spec, string message)
        => Assert.AreEqual(
            message, Assert.ThrowsExactly<NetworkTooLargeException>(() => NetworkSizeCheck.Require(BlockPlan.Of(spec))).Message);
}
