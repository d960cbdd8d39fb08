using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using TorchSharp;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class ExitObjectiveTests
{
    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Disagreement_HeadsThatAgree_IsZero()
    {
        using var scope = torch.NewDisposeScope();
        var logits = torch.randn(4, 3);

        Assert.AreEqual(0, ExitObjective.Disagreement([logits, logits + 1], 2).item<float>(), 1e-6);
    }

    [TestMethod]
    public void Disagreement_OfTwoHeads_IsTheDivergenceFromTheirMeanByHand()
    {
        using var scope = torch.NewDisposeScope();

        // Probabilities ¾, ¼ and ¼, ¾: the mean is ½, ½, and both lie ½·ln(⅔) + ½·ln 2 away from it.
        var one = torch.tensor(new[] { MathF.Log(3), 0f }, [1, 2]);
        var other = torch.tensor(new[] { 0f, MathF.Log(3) }, [1, 2]);

        var expected = Math.Log(2.0 / 3) + Math.Log(2);
        Assert.AreEqual(expected, ExitObjective.Disagreement([one, other], 1).item<float>(), 1e-6);
    }

    [TestMethod]
    [DataRow(1f)]
    [DataRow(2f)]
    public void Disagreement_Gradient_IsTheDistanceFromAMeanThatStands(float temperature)
    {
        using var scope = torch.NewDisposeScope();

        // Softened probabilities ¾ and ½ of the first class, whose mean is ⅝.
        var one = torch.tensor(new[] { MathF.Log(3) * temperature, 0f }, [1, 2]).requires_grad_();
        var other = torch.tensor(new[] { 0f, 0f }, [1, 2]).requires_grad_();

        ExitObjective.Disagreement([one, other], temperature).backward();

        Assert.AreEqual(temperature * (0.75f - 0.625f), one.grad![0, 0].item<float>(), 1e-6f);
        Assert.AreEqual(temperature * (0.5f - 0.625f), other.grad![0, 0].item<float>(), 1e-6f);
        Assert.AreEqual(temperature * (0.25f - 0.375f), one.grad![0, 1].item<float>(), 1e-6f);
    }

    [TestMethod]
    public void Loss_SmoothedLabelsAndDistillation_IsWorkedOutByHand()
    {
        using var scope = torch.NewDisposeScope();
        using var compute = new GatedComputeFraction(BlockPlan.Of(Networks.TestNetworks.Cifar(NetworkKind.ResNet)), torch.CPU);
        var options = new ResNetTrainer.Options
        {
            LabelSmoothing = 0.2f, DistillationTemperature = 1, Exits = new ExitOptions { LossWeight = 0.25f, SelfDistillationWeight = 3 },
        };

        // One image of class 0: the exit gives it ¾, the last head ¼. Smoothed, class 0 is wanted with 0.9 and class 1 with 0.1.
        var exit = torch.tensor(new[] { MathF.Log(3), 0f }, [1, 2]);
        var last = torch.tensor(new[] { 0f, MathF.Log(3) }, [1, 2]);
        var step = new StepResult(new NetworkPass(last, [exit], []), torch.zeros(1, torch.int64), torch.zeros(1), compute);

        var crossEntropy = -(0.9 * Math.Log(0.75)) - (0.1 * Math.Log(0.25));
        var disagreement = Math.Log(2.0 / 3) + Math.Log(2);
        Assert.AreEqual((0.25 * crossEntropy) + (3 * disagreement), ExitObjective.Loss(step, options)!.item<float>(), 1e-6);
        Assert.IsNull(ExitObjective.Loss(step, options with { Exits = null }));
    }

    [TestMethod]
    public void Disagreement_Gradient_MovesEveryHeadTowardsTheMean()
    {
        using var scope = torch.NewDisposeScope();
        var one = torch.tensor(new[] { 2f, 0f }, [1, 2]).requires_grad_();
        var other = torch.tensor(new[] { 0f, 2f }, [1, 2]).requires_grad_();

        ExitObjective.Disagreement([one, other], 1).backward();

        Assert.IsGreaterThan(0, one.grad![0, 0].item<float>());
        Assert.IsGreaterThan(0, other.grad![0, 1].item<float>());
    }
}
