using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class DifficultyObjectiveTests
{
    private static readonly BlockPlan Plan = BlockPlan.Of(Networks.TestNetworks.Cifar(Transforms.NetworkKind.ConvNetAig));

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Loss_ThreeImages_SpreadsTheirTargetsByDifficulty()
    {
        using var scope = NewDisposeScope();
        var expected = tensor(new[] { 0.5f, 0.5f, 0.5f }).requires_grad_();

        // Room of 0.3 to either side of 0.5: targets are 0.8, 0.2 and 0.5.
        var loss = DifficultyObjective.Loss(expected, tensor(new[] { 3f, -1f, 2f }), 0.5, 0.2);
        loss.backward();

        Assert.AreEqual(0.06, loss.item<float>(), 1e-6);
        CollectionAssert.AreEqual(
            new[] { -0.2f, 0.2f, 0f }, StepResults.Values(expected.grad!).Select(value => MathF.Round(value, 5)).ToArray());
    }

    [TestMethod]
    [DataRow(0.9, 0.2, 0.01)]
    [DataRow(0.2, 0.2, 0.0)]
    [DataRow(1.0, 0.2, 0.0)]
    public void Loss_LittleRoom_SpreadsAsFarAsThereIs(double budget, double least, double loss)
    {
        using var scope = NewDisposeScope();

        var expected = full(2, budget);

        Assert.AreEqual(loss, DifficultyObjective.Loss(expected, tensor(new[] { 1f, 2f }), budget, least).item<float>(), 1e-6);
    }

    [TestMethod]
    public void Of_TwoBudgets_RanksEachPartByItself()
    {
        using var scope = NewDisposeScope();
        using var compute = new GatedComputeFraction(Plan, CPU);
        var gated = Plan.Blocks.Count(block => block.IsGated);
        var logits = Enumerable.Range(0, gated).Select(_ => zeros(4)).ToArray();
        var step = StepResults.Of(compute, zeros(4), logits, logits) with
        {
            Budgets = new BatchBudgets([1f, 0.6f]), Difficulty = tensor(new[] { 9f, 2f, 9f, 1f }),
        };
        var half = compute.FractionOf(full([4, gated], 0.5f))[0].item<float>();
        var room = Math.Min(0.6 - compute.Always, 0.4);

        var loss = DifficultyObjective.Of(step, budget: null).item<float>();

        var expected = (Math.Pow(half - (0.6 + room), 2) + Math.Pow(half - (0.6 - room), 2)) / 2;
        Assert.AreEqual(expected, loss, 1e-5);
    }
}
