using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Tests.Architectures;

[TestClass]
public sealed class ResNetArchitectureTests
{
    [TestMethod]
    [DataRow(18, new[] { 2, 2, 2, 2 }, false)]
    [DataRow(34, new[] { 3, 4, 6, 3 }, false)]
    [DataRow(50, new[] { 3, 4, 6, 3 }, true)]
    [DataRow(101, new[] { 3, 4, 23, 3 }, true)]
    [DataRow(152, new[] { 3, 8, 36, 3 }, true)]
    public void ImageNet_StagesOfANamedDepth_AreThatNetwork(int depth, int[] stages, bool bottleneck)
    {
        var listed = ResNetArchitecture.ImageNet(stages, bottleneck);

        Assert.AreEqual(ResNetArchitecture.ImageNet(depth), listed);
        Assert.AreEqual(ResNetArchitecture.ImageNet(depth).GetHashCode(), listed.GetHashCode());
        Assert.AreEqual(depth, listed.Depth);
        Assert.AreEqual($"ResNet-{depth} (ImageNet)", listed.ToString());
        Assert.AreNotEqual(ResNetArchitecture.ImageNet(stages, !bottleneck), listed);
    }

    [TestMethod]
    public void ImageNet_OtherStages_SayWhichTheyAre()
    {
        var basic = ResNetArchitecture.ImageNet([2, 2, 2, 3]);
        var bottlenecks = ResNetArchitecture.ImageNet([1, 2], bottleneck: true);

        Assert.AreEqual(20, basic.Depth);
        Assert.AreEqual("ResNet-20 (ImageNet, blocks [2, 2, 2, 3])", basic.ToString());
        Assert.AreEqual(11, bottlenecks.Depth);
        Assert.AreEqual("ResNet-11 (ImageNet, bottlenecks [1, 2])", bottlenecks.ToString());
        Assert.AreNotEqual(ResNetArchitecture.ImageNet([2, 2, 3, 2]), basic);
        Assert.AreNotEqual(ResNetArchitecture.Cifar(20), basic);
        Assert.AreEqual(ResNetArchitecture.ImageNet([2, 2, 2, 3]), basic);
    }

    [TestMethod]
    [DataRow(new int[0])]
    [DataRow(new[] { 2, 0, 2 })]
    [DataRow(new[] { 1, 1, 1, 1, 1, 1, 1 })]
    [DataRow(new[] { 300, 301 })]
    [DataRow(new[] { int.MaxValue, int.MaxValue })]
    [DataRow(new[] { -1 })]
    public void ImageNet_NoListOfStages_SaysWhatOneIs(int[] stages)
        => Assert.AreEqual(
            $"An ImageNet ResNet has 1 to 6 stages of at least 1 block, 600 blocks in all, got [{string.Join(", ", stages)}].",
            Assert.ThrowsExactly<ArgumentException>(() => ResNetArchitecture.ImageNet(stages)).Message);

    [TestMethod]
    public void ImageNet_AMillionStages_SaysTheFirst()
        => Assert.IsLessThan(
            200, Assert.ThrowsExactly<ArgumentException>(() => ResNetArchitecture.ImageNet(new int[1_000_000])).Message.Length);

    [TestMethod]
    public void ImageNet_ListThatChangesAfterwards_DoesNotChangeTheNetwork()
    {
        int[] stages = [2, 2, 2, 3];
        var architecture = ResNetArchitecture.ImageNet(stages);
        stages[3] = 9;

        Assert.AreEqual(ResNetArchitecture.ImageNet([2, 2, 2, 3]), architecture);
    }

    /// <summary>By hand, without the classifier: stem 9,408 + 128; stage 1 2·(2·36,864 + 256); stages 2 to 4 with 128, 256 and 512 channels
    /// d: first block 9·d/2·d + 9·d² + d/2·d + 6d, every further one 18·d² + 4d. The block more than in ResNet-18 adds 4,720,640.</summary>
    [TestMethod]
    public void ImageNet_BlocksTwoTwoTwoThree_HasTheWeightsOfResNet18AndABlockMore()
    {
        var weights = WeightLayout.Of(BlockPlan.Of(Spec(ResNetArchitecture.ImageNet([2, 2, 2, 3]))))
            .Where(tensor => !tensor.Name.Contains("running_", StringComparison.Ordinal)).Sum(tensor => (long)tensor.Length);

        Assert.AreEqual(11_689_512 + 4_720_640, weights);
    }

    [TestMethod]
    public void ImageNet_ThreeStagesOfBottlenecks_HalveTheMapAndDoubleTheChannels()
    {
        var blocks = BlockPlan.Of(Spec(ResNetArchitecture.ImageNet([1, 2, 1], bottleneck: true))).Blocks;

        CollectionAssert.AreEqual(new[] { 256, 512, 512, 1024 }, blocks.Select(block => block.OutChannels).ToArray());
        CollectionAssert.AreEqual(new[] { 56, 28, 28, 14 }, blocks.Select(block => block.OutHeight).ToArray());
        CollectionAssert.AreEqual(new[] { true, true, false, true }, blocks.Select(block => block.Projection is not null).ToArray());
        CollectionAssert.AreEqual(
            new[] { "stage1.block1", "stage2.block1", "stage2.block2", "stage3.block1" }, blocks.Select(block => block.Name).ToArray());
    }

    private static NetworkSpec Spec(ResNetArchitecture architecture) => new()
    {
        Network = NetworkKind.ResNet, Architecture = architecture, Image = new ImageShape(3, 224, 224), Classes = 1000,
    };
}
