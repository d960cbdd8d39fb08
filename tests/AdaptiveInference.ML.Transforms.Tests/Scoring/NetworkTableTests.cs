using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

[TestClass]
public sealed class NetworkTableTests
{
    /// <summary>By hand for 1×12×12: stem 16·9·144; a block of stage 1 2·16·16·9·144; exit 16·4; and so on.</summary>
    [TestMethod]
    public void ToString_GatesAndExits_IsATableOfEveryPart()
    {
        var spec = TestModels.Spec(NetworkKind.ConvNetAig) with
        {
            Architecture = ResNetArchitecture.Cifar(8), Exits = [new ExitSpec(0, HeadKind.Pooled)],
        };

        Assert.AreEqual(
            """
            ConvNet-AIG over ResNet-8 (CIFAR) with early exits, images of 1×12×12, 64 features, 4 classes, 1.7 million MACs
              stem             16×12×12            0.021 million MACs
              stage1.block1    16×12×12            0.664 million MACs, gate 0.000
              exit 0           4×1×1               0.000 million MACs
              stage2.block1    32×6×6              0.516 million MACs, gate 0.000
              stage3.block1    64×3×3              0.516 million MACs, gate 0.001
              head             4×1×1               0.000 million MACs
            """.ReplaceLineEndings(),
            TestModels.Transformer(spec).ToString());
    }

    [TestMethod]
    public void ToString_NetworkWithoutClasses_HasNoHead()
    {
        var model = TestModels.Model(
            TestModels.Spec(NetworkKind.ResNet) with { Architecture = ResNetArchitecture.Cifar(8), Classes = 0 },
            labels: ClassLabels.None);
        var network = new GatedResNetTransformer(new Microsoft.ML.MLContext(1), model, TestModels.Columns);

        var lines = network.ToString().Split(Environment.NewLine);

        Assert.AreEqual("ResNet-8 (CIFAR), images of 1×12×12, 64 features, no classes, 1.7 million MACs", lines[0]);
        Assert.HasCount(5, lines);
        Assert.HasCount(3, network.Blocks);
        Assert.AreEqual("  stage3.block1    64×3×3              0.516 million MACs", lines[^1]);
    }
}
