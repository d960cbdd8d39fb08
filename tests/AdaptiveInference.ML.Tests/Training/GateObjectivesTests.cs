using AdaptiveInference.ML.Gates;
using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training;

[TestClass]
public sealed class GateObjectivesTests
{
    private const float Certain = 12f;

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Information_CertainAndOpenForHalf_IsOneBit()
        => Assert.AreEqual(MathF.Log(2), Information(0.5f, [-Certain, Certain, Certain, -Certain]), 1e-3f);

    [TestMethod]
    public void Information_TossedCoin_IsNone() => Assert.AreEqual(0, Information(0.5f, [0, 0, 0, 0]), 1e-6f);

    [TestMethod]
    public void Information_AllImagesAlike_IsNone() => Assert.AreEqual(0, Information(0.5f, [Certain, Certain, Certain, Certain]), 1e-3f);

    [TestMethod]
    public void Information_FewerOpenThanTheTarget_GainsNothing()
    {
        var atTarget = Information(0.75f, [-Certain, Certain, Certain, Certain]);

        Assert.AreEqual(0.5623f, atTarget, 1e-3f);
        Assert.AreEqual(atTarget, Information(0.75f, [-Certain, -Certain, Certain, Certain]), 1e-3f);
    }

    [TestMethod]
    public void Information_SeveralGates_IsTheirMean()
        => Assert.AreEqual(MathF.Log(2) / 2, Information(0.5f, [-Certain, Certain], [0, 0]), 1e-3f);

    private static float Information(float target, params float[][] gates)
    {
        using var scope = NewDisposeScope();
        var decisions = gates.Select((logits, block) => new GateDecision(block, tensor(logits), zeros(logits.Length), null)).ToList();
        using var compute = new ComputeModel(BlockPlan.Of(Networks.TestNetworks.Cifar(Transforms.NetworkKind.ConvNetAig)), CPU);
        var step = new StepResult(new NetworkPass(zeros(1), [], decisions), zeros(1), zeros(1), compute);
        return GateObjectives.Information(step, target).item<float>();
    }
}
