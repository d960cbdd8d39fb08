using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Training.Recipes;
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
