using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests.Options;

[TestClass]
public sealed class MeasuredCostsTests
{
    private static readonly ConvNetAigTrainer.Options Aig = new() { Architecture = ResNetArchitecture.Cifar(8) };

    [TestMethod]
    public void Measure_ConvNetAig_HasANumberForEveryPart()
    {
        var costs = MeasuredCosts.Measure(Aig, new ImageShape(1, 12, 12), classes: 3);

        Assert.HasCount(3, costs.BlockMicroseconds);
        Assert.HasCount(3, costs.GateMicroseconds);
        Assert.IsTrue(costs.BlockMicroseconds.All(time => time > 0 && double.IsFinite(time)));
        Assert.IsGreaterThan(0, costs.OtherMicroseconds);
    }

    [TestMethod]
    public void Measure_StaticNetwork_HasNoGates()
        => Assert.IsTrue(
            MeasuredCosts.Measure(new ResNetTrainer.Options { Architecture = ResNetArchitecture.Cifar(8) }, new ImageShape(1, 12, 12), 2)
                .GateMicroseconds.All(time => time == 0));

    [TestMethod]
    public void Create_CostsOfAnotherNetwork_SaysEverything()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new MLContext(1).MulticlassClassification.Trainers.ConvNetAig(Aig with
        {
            Costs = new() { BlockMicroseconds = [1, 2], GateMicroseconds = [0, -1, 0], OtherMicroseconds = double.NaN },
        }));

        Assert.StartsWith(
            "ConvNetAigTrainer.Options has 3 faults: "
            + "Costs.BlockMicroseconds must have one number for each of the 3 blocks of ResNet-8 (CIFAR), got 2. "
            + "Costs.GateMicroseconds[1] must be finite and 0 or more, got -1. "
            + "Costs.OtherMicroseconds must be finite and 0 or more, got NaN.",
            error.Message);
    }

    [TestMethod]
    public void Create_CostsAsPublished_IsRefused()
    {
        var costs = new MeasuredCosts { BlockMicroseconds = [1, 2, 3], GateMicroseconds = [0, 1, 0], OtherMicroseconds = 1 };

        var error = Assert.ThrowsExactly<ArgumentException>(() => new MLContext(1).MulticlassClassification.Trainers.SkipNet(
            new SkipNetTrainer.Options { Architecture = ResNetArchitecture.Cifar(8), AsPublished = true, Costs = costs }));

        Assert.StartsWith(
            "SkipNetTrainer.Options: Costs are not in the paper's recipe, which AsPublished asks for. Leave one of the two out.",
            error.Message);
    }
}
