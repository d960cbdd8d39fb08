using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Training.Optimisation;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Optimisation;

[TestClass]
public sealed class SgdTests
{
    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Step_TwoByHand_FollowsNesterov()
    {
        using var scope = NewDisposeScope();
        var weight = new Parameter(tensor(new[] { 1f }));
        using var optimizer = new Sgd([new ParameterGroup([weight], 0.1f)], 0.9f);

        // g = 2 + 0.1·1, m = 2.1, step 2.1 + 0.9·2.1 = 3.99 at a rate of 0.1.
        (weight * 2).sum().backward();
        optimizer.Step(0.1f);
        Assert.AreEqual(0.601f, weight.item<float>(), 1e-6f);

        // g = −1 + 0.0601 = −0.9399, m = 0.9·2.1 − 0.9399 = 0.9501, step −0.9399 + 0.85509 = −0.08481 at a rate of 0.2.
        (-weight).sum().backward();
        optimizer.Step(0.2f);
        Assert.AreEqual(0.617962f, weight.item<float>(), 1e-6f);
    }

    [TestMethod]
    [DataRow(0f, 0f)]
    [DataRow(0f, 0.05f)]
    [DataRow(0.9f, 0f)]
    [DataRow(0.9f, 0.05f)]
    public void Step_SeveralSteps_AgreesWithTorch(float momentum, float decay)
    {
        using var scope = NewDisposeScope();
        var (ours, theirs) = (Weights(), Weights());
        var (oursFree, theirsFree) = (Weights(), Weights());
        using var optimizer = new Sgd([new ParameterGroup([ours], decay), new ParameterGroup([oursFree], 0)], momentum);
        using var torchs = optim.SGD([theirs], 1, momentum, weight_decay: decay, nesterov: momentum > 0);
        using var torchsFree = optim.SGD([theirsFree], 1, momentum, nesterov: momentum > 0);
        foreach (var rate in (float[])[0.1f, 0.1f, 0.03f, 0.2f, 0.01f, 0.05f])
        {
            torchs.zero_grad();
            torchsFree.zero_grad();
            (Loss(ours) + Loss(oursFree)).backward();
            (Loss(theirs) + Loss(theirsFree)).backward();
            torchs.ParamGroups.Single().LearningRate = rate;
            torchsFree.ParamGroups.Single().LearningRate = rate;

            optimizer.Step(rate);
            torchs.step();
            torchsFree.step();

            CollectionAssert.AreEqual(new float[6], Values(ours.grad!), "The next gradient must start from zero.");
            AssertEqual(theirs, ours);
            AssertEqual(theirsFree, oursFree);
        }
    }

    [TestMethod]
    public void Step_WithoutGradient_LeavesTheParameterAlone()
    {
        using var scope = NewDisposeScope();
        var weight = Weights();
        var before = Values(weight);
        using var optimizer = new Sgd([new ParameterGroup([weight], 0.1f)], 0.9f);

        optimizer.Step(0.1f);

        CollectionAssert.AreEqual(before, Values(weight));
    }

    private static Parameter Weights() => new(tensor(new[] { 0.5f, -1f, 2f, 0f, 0.1f, -0.3f }, [2, 3]));

    // Every gradient depends on where the steps before led, and on its place.
    private static Tensor Loss(Tensor weights)
        => (weights - tensor(new[] { 1f, 0.5f, -1f, 0.25f, 2f, 0f }, [2, 3])).square().mul(tensor(new[] { 1f, 3f, 0.5f }, [1, 3])).sum();

    private static float[] Values(Tensor values) => values.detach().data<float>().ToArray();

    private static void AssertEqual(Tensor expected, Tensor actual)
    {
        foreach (var (one, other) in Values(expected).Zip(Values(actual)))
        {
            Assert.AreEqual(one, other, 1e-5f);
        }
    }
}
