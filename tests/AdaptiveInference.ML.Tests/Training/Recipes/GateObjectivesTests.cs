using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class GateObjectivesTests
{
    private const float Certain = 12f;

    private static readonly BlockPlan Plan = BlockPlan.Of(Networks.TestNetworks.Cifar(Transforms.NetworkKind.ConvNetAig));

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

    [TestMethod]
    [DataRow(0f, 0f)]
    [DataRow(2f, -2f)]
    public void Compute_InformationWeight_TakesSoMuchOffTheLoss(float weight, float bits)
        => Assert.AreEqual(
            bits * MathF.Log(2),
            Of(
                step => GateObjectives.Compute(step, 0.5f, weight: 0, weight),
                [.. Enumerable.Repeat<float[]>([-Certain, Certain, Certain, -Certain], Plan.Blocks.Count(block => block.IsGated))]),
            1e-3f);

    private static float Information(float target, params float[][] gates) => Of(step => GateObjectives.Information(step, target), gates);

    private static float Of(Func<StepResult, Tensor> objective, params float[][] gates)
    {
        using var scope = NewDisposeScope();
        var decisions = gates.Select((logits, block) => new GateDecision(block, tensor(logits), zeros(logits.Length), null)).ToList();
        using var compute = new ComputeModel(Plan, CPU);
        return objective(new StepResult(new NetworkPass(zeros(1), [], decisions), zeros(1), zeros(1), compute)).item<float>();
    }
}
