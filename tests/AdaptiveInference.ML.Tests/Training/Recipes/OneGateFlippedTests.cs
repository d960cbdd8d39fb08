using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class OneGateFlippedTests
{
    private static readonly BlockPlan Plan = BlockPlan.Of(Networks.TestNetworks.Cifar(Transforms.NetworkKind.ConvNetAig));

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Sample_TwoGates_DecidesTheDrawnOneOtherwise()
    {
        using var scope = NewDisposeScope();
        using var compute = new GatedComputeFraction(Plan, CPU);

        var other = new OneGateFlipped(Step(compute), tensor(new[] { 0L, 0L }));

        CollectionAssert.AreEqual(new[] { 0f, 1f }, StepResults.Values(other.Sample(new GateQuery(0, zeros(2), true)).Open));
        CollectionAssert.AreEqual(new[] { 0f, 1f }, StepResults.Values(other.Sample(new GateQuery(1, zeros(2), true)).Open));
    }

    [TestMethod]
    public void Loss_ABlockThatHelpedAndOneThatHarmed_OpensOneGateAndClosesTheOther()
    {
        using var scope = NewDisposeScope();
        using var compute = new GatedComputeFraction(Plan, CPU);
        Tensor[] logits = [zeros(2).requires_grad_(), zeros(2).requires_grad_()];
        var step = Step(compute, logits);
        var other = new OneGateFlipped(step, tensor(new[] { 0L, 1L }));

        // Image 0 loses 0.8 nats without the first block, image 1 is 0.4 nats better without the second one.
        var loss = other.Loss(step, step.CrossEntropy + tensor(new[] { 0.8f, -0.4f }));
        loss.backward();

        // −(½ · 0.8 + ½ · (−0.4)) / 2 images · 2 gates; the slope of the sigmoid at 0 is a quarter.
        Assert.AreEqual(-0.2, loss.item<float>(), 1e-6);
        CollectionAssert.AreEqual(
            new[] { -0.2f, 0f }, StepResults.Values(logits[0].grad!).Select(value => MathF.Round(value, 5)).ToArray());
        CollectionAssert.AreEqual(new[] { 0f, 0.1f }, StepResults.Values(logits[1].grad!).Select(value => MathF.Round(value, 5)).ToArray());
    }

    [TestMethod]
    public void Loss_ImageThatRunsWhole_TeachesNothing()
    {
        using var scope = NewDisposeScope();
        using var compute = new GatedComputeFraction(Plan, CPU);
        var step = Step(compute) with { Budgets = new BatchBudgets([1f, 0.5f]) };
        var other = new OneGateFlipped(step, tensor(new[] { 0L, 1L }));

        Assert.AreEqual(0, other.Loss(step, step.CrossEntropy + tensor(new[] { 0.8f, 0f })).item<float>(), 1e-6);
    }

    // Image 0 ran the first block alone, image 1 ran the second alone.
    private static StepResult Step(GatedComputeFraction compute, Tensor[]? logits = null)
        => StepResults.Of(
            compute, tensor(new[] { 1f, 2f }), [tensor(new[] { 1f, 0f }), tensor(new[] { 0f, 1f })], logits ?? [zeros(2), zeros(2)]);
}
