using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;

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

    [TestMethod]
    public void WithStrideInFirstConvolution_Bottlenecks_MovesTheStrideAndNothingElse()
    {
        var usual = ResNetArchitecture.ImageNet(50);
        var moved = usual.WithStrideInFirstConvolution();
        var block = BlockPlan.Of(Spec(moved)).Blocks[3];

        CollectionAssert.AreEqual(new[] { 2, 1, 1 }, block.Body.Select(layer => layer.Stride).ToArray());
        CollectionAssert.AreEqual(new[] { 28, 28, 28 }, block.Body.Select(layer => layer.OutHeight).ToArray());
        CollectionAssert.AreEqual(new[] { 56, 28, 28 }, block.Body.Select(layer => layer.InHeight).ToArray());
        CollectionAssert.AreEqual(
            BlockPlan.Of(Spec(usual)).Blocks.Select(other => other.OutHeight).ToArray(),
            BlockPlan.Of(Spec(moved)).Blocks.Select(other => other.OutHeight).ToArray());
        Assert.AreNotEqual(usual, moved);
        Assert.AreEqual(moved, ResNetArchitecture.ImageNet([3, 4, 6, 3], bottleneck: true).WithStrideInFirstConvolution());
        Assert.AreEqual("ResNet-50 (ImageNet, stride in the first convolution)", moved.ToString());
    }

    /// <summary>By hand: torchvision's ResNet-50 has 4,089,184,256 MACs; the first 1×1 of stages 2 to 4 costs 102,760,448 there and a
    /// quarter of it here, where it reads every second pixel.</summary>
    [TestMethod]
    public void WithStrideInFirstConvolution_ResNet50_ComputesLess()
    {
        Assert.AreEqual(4_089_184_256, Macs(ResNetArchitecture.ImageNet(50)));
        Assert.AreEqual(
            4_089_184_256 - (3 * 3 * 102_760_448L / 4), Macs(ResNetArchitecture.ImageNet(50).WithStrideInFirstConvolution()));

        static long Macs(ResNetArchitecture architecture) => new CostModel(BlockPlan.Of(Spec(architecture))).Full;
    }

    [TestMethod]
    public void WithStrideInFirstConvolution_BasicBlocks_HaveItThereAnyway()
    {
        Assert.AreEqual(ResNetArchitecture.ImageNet(18), ResNetArchitecture.ImageNet(18).WithStrideInFirstConvolution());
        Assert.AreEqual(ResNetArchitecture.Cifar(20), ResNetArchitecture.Cifar(20).WithStrideInFirstConvolution());
    }

    [TestMethod]
    public void WithStemWidth_OtherWidths_ChangeEveryStage()
    {
        var narrow = ResNetArchitecture.ImageNet([1, 1, 1]).WithStemWidth(24);
        var plan = BlockPlan.Of(Spec(narrow));

        Assert.AreEqual(24, plan.Stem.Convolution.Outputs);
        CollectionAssert.AreEqual(new[] { 24, 48, 96 }, plan.Blocks.Select(block => block.OutChannels).ToArray());
        Assert.AreEqual("ResNet-8 (ImageNet, blocks [1, 1, 1], stem of 24 channels)", narrow.ToString());
        Assert.AreEqual("ResNet-20 (CIFAR, stem of 8 channels)", ResNetArchitecture.Cifar(20).WithStemWidth(8).ToString());
        Assert.AreEqual(
            "ResNet-50 (ImageNet, stem of 32 channels, stride in the first convolution)",
            ResNetArchitecture.ImageNet(50).WithStrideInFirstConvolution().WithStemWidth(32).ToString());
        Assert.AreNotEqual(ResNetArchitecture.ImageNet([1, 1, 1]), narrow);
        Assert.AreEqual(ResNetArchitecture.ImageNet(18), ResNetArchitecture.ImageNet(18).WithStemWidth(64));
        Assert.AreEqual(ResNetArchitecture.Cifar(8), ResNetArchitecture.Cifar(8).WithStemWidth(16));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(-8)]
    [DataRow(12)]
    [DataRow(264)]
    public void WithStemWidth_NoWidth_SaysWhatOneIs(int channels)
        => Assert.AreEqual(
            $"The width of a stem must be a multiple of 8 from 8 to 256, got {channels}.",
            Assert.ThrowsExactly<ArgumentException>(() => ResNetArchitecture.ImageNet(18).WithStemWidth(channels)).Message);

    [TestMethod]
    public void WithStemWidth_TheWidestNetwork_IsCountedWithoutOverflow()
    {
        var widest = ResNetArchitecture.ImageNet([1, 1, 1, 1, 1, 1], bottleneck: true).WithStemWidth(256);

        Assert.AreEqual(9 * 8192 * 8192, WeightLayout.Of(BlockPlan.Of(Spec(widest))).Max(tensor => tensor.Length));
        Assert.Throws<ArgumentException>(() => NetworkSizeCheck.Require(BlockPlan.Of(Spec(widest))));
    }

    [TestMethod]
    [DataRow(7)]
    [DataRow(21)]
    [DataRow(1208)]
    public void Cifar_NoDepth_SaysWhichThereAre(int depth)
        => Assert.AreEqual(
            $"CIFAR ResNet depth must be 6n+2 from 8 to 1202 (8, 14, 20, 32, 38, 44, 56, 74, 110 …), got {depth}.",
            Assert.ThrowsExactly<ArgumentException>(() => ResNetArchitecture.Cifar(depth)).Message);

    private static NetworkSpec Spec(ResNetArchitecture architecture) => new()
    {
        Network = NetworkKind.ResNet, Architecture = architecture, Image = new ImageShape(3, 224, 224), Classes = 1000,
    };
}
