using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class GateInformationTests
{
    private const float Certain = 12f;

    private static readonly BlockPlan Plan = BlockPlan.Of(Networks.TestNetworks.Cifar(Transforms.NetworkKind.ConvNetAig));

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Of_CertainAndOpenForHalf_IsOneBit()
        => Assert.AreEqual(MathF.Log(2), Information(0.5f, [-Certain, Certain, Certain, -Certain]), 1e-3f);

    [TestMethod]
    public void Of_TossedCoin_IsNone() => Assert.AreEqual(0, Information(0.5f, [0, 0, 0, 0]), 1e-6f);

    [TestMethod]
    public void Of_AllImagesAlike_IsNone() => Assert.AreEqual(0, Information(0.5f, [Certain, Certain, Certain, Certain]), 1e-3f);

    [TestMethod]
    public void Of_FewerOpenThanTheTarget_GainsNothing()
    {
        var atTarget = Information(0.75f, [-Certain, Certain, Certain, Certain]);

        Assert.AreEqual(0.5623f, atTarget, 1e-3f);
        Assert.AreEqual(atTarget, Information(0.75f, [-Certain, -Certain, Certain, Certain]), 1e-3f);
    }

    [TestMethod]
    public void Of_SeveralGates_IsTheirMean()
        => Assert.AreEqual(MathF.Log(2) / 2, Information(0.5f, [-Certain, Certain], [0, 0]), 1e-3f);

    [TestMethod]
    public void Of_Undecided_IsWorkedOutByHand()
    {
        // Probabilities ¾ and ¼: H(½) less H(¾).
        var expected = Math.Log(2) + (0.75 * Math.Log(0.75)) + (0.25 * Math.Log(0.25));

        Assert.AreEqual(expected, Information(0.5f, [MathF.Log(3), -MathF.Log(3)]), 1e-6);
    }

    private static float Information(float target, params float[][] gates)
    {
        using var scope = NewDisposeScope();
        using var compute = new GatedComputeFraction(Plan, CPU);
        return GateInformation.Of(StepResults.OfLogits(compute, gates), target).item<float>();
    }
}
