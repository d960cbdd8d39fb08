using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class ComputeTargetLossTests
{
    private const float Certain = 12f;

    private static readonly BlockPlan Plan = BlockPlan.Of(Networks.TestNetworks.Cifar(Transforms.NetworkKind.ConvNetAig));

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    [DataRow(0f, 0f)]
    [DataRow(2f, -2f)]
    public void Of_InformationWeight_TakesSoMuchOffTheLoss(float weight, float bits)
        => Assert.AreEqual(
            bits * MathF.Log(2),
            Of(
                step => ComputeTargetLoss.Of(step, 0.5f, weight: 0, weight),
                [.. Enumerable.Repeat<float[]>([-Certain, Certain, Certain, -Certain], Plan.Blocks.Count(block => block.IsGated))]),
            1e-3f);

    [TestMethod]
    public void SquaredDistance_Batch_IsTheSquaredDistanceOfItsMeanWithItsGradient()
    {
        using var scope = NewDisposeScope();
        var gated = Plan.Blocks.Count(block => block.IsGated);
        var open = Enumerable.Range(0, gated).Select(gate => tensor(new[] { gate == 0 ? 1f : 0f, 1f }).requires_grad_()).ToArray();
        using var compute = new GatedComputeFraction(Plan, CPU);
        var first = StepResults.Fraction(Plan, [.. open.Select((_, gate) => gate == 0 ? 1f : 0f)]);
        var mean = (first + StepResults.Fraction(Plan, [.. Enumerable.Repeat(1f, gated)])) / 2;

        var loss = ComputeTargetLoss.SquaredDistance(StepResults.Of(compute, zeros(2), open), 0.3f);
        loss.backward();

        Assert.AreEqual(Math.Pow(mean - 0.3, 2), loss.item<float>(), 1e-6);

        // The first block's share of the network, half of which each of the two images has.
        var share = first - StepResults.Fraction(Plan, new float[gated]);
        Assert.AreEqual(2 * (mean - 0.3) * share / 2, open[0].grad![1].item<float>(), 1e-6);
    }

    [TestMethod]
    [DataRow(0.0, 1.0)]
    [DataRow(0.1, 0.85)]
    [DataRow(0.3, 0.55)]
    [DataRow(0.4, 0.4)]
    [DataRow(1.0, 0.4)]
    public void FallingTarget_OverAStage_FallsInAStraightLineAndStays(double progress, double expected)
        => Assert.AreEqual(expected, ComputeTargetLoss.FallingTarget(progress, 0.4, 0.4f), 1e-6);

    [TestMethod]
    public void OfBudgets_PartsOfABatch_EachAimForTheirOwnWithItsGradient()
    {
        using var scope = NewDisposeScope();
        var gated = Plan.Blocks.Count(block => block.IsGated);

        // Images 0 and 3 run whole, 1 and 4 are told 0.3, 2 and 5 are told 0.8.
        var open = Enumerable.Range(0, gated)
            .Select(gate => tensor(new[] { 1f, gate == 0 ? 1 : 0, 1, 1, 1, 0 }).requires_grad_()).ToArray();
        using var compute = new GatedComputeFraction(Plan, CPU);
        var (none, all) = (StepResults.Fraction(Plan, new float[gated]), StepResults.Fraction(Plan, [.. Enumerable.Repeat(1f, gated)]));
        var first = StepResults.Fraction(Plan, [.. Enumerable.Range(0, gated).Select(gate => gate == 0 ? 1f : 0)]);
        var step = StepResults.Of(compute, zeros(6), open) with { Budgets = new BatchBudgets([1, 0.3f, 0.8f]) };

        var loss = ComputeTargetLoss.OfBudgets(step, weight: 5, informationWeight: 0);
        loss.backward();

        double low = (first + all) / 2, high = (all + none) / 2;
        Assert.AreEqual(5 * (Math.Pow(low - 0.3, 2) + Math.Pow(high - 0.8, 2)) / 2, loss.item<float>(), 1e-5);

        // Of the mean over two parts, and within a part over two images.
        var share = first - none;
        double[] expected = [0, 5 * (low - 0.3) * share / 2, 5 * (high - 0.8) * share / 2];
        for (var image = 0; image < 6; image++)
        {
            Assert.AreEqual(expected[image % 3], open[0].grad![image].item<float>(), 1e-6, $"image {image}");
        }
    }

    [TestMethod]
    public void OfBudgets_InformationWeight_RewardsGatesThatTellImagesOfOnePartApart()
    {
        using var scope = NewDisposeScope();
        var gated = Plan.Blocks.Count(block => block.IsGated);
        using var compute = new GatedComputeFraction(Plan, CPU);
        float Loss(params float[] logits)
        {
            var step = StepResults.Of(
                compute, zeros(4), [.. Enumerable.Repeat(zeros(4), gated)], [.. Enumerable.Repeat(tensor(logits), gated)]);
            return ComputeTargetLoss.OfBudgets(step with { Budgets = new BatchBudgets([0.5f, 1]) }, 0, 2).item<float>();
        }

        Assert.AreEqual(-2 * Math.Log(2), Loss(-Certain, 0, Certain, 0), 1e-3);
        Assert.AreEqual(0, Loss(Certain, -Certain, Certain, Certain), 1e-3, "images that run whole tell nothing");
    }

    private static float Of(Func<StepResult, Tensor> objective, params float[][] gates)
    {
        using var scope = NewDisposeScope();
        using var compute = new GatedComputeFraction(Plan, CPU);
        return objective(StepResults.OfLogits(compute, gates)).item<float>();
    }
}
