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

            Assert.IsNull(ours.grad, "The next gradient must start from zero.");
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

    [TestMethod]
    [DataRow(0f, 0f)]
    [DataRow(0.9f, 5e-4f)]
    public void Step_OnePass_GivesTheBitsOfLibTorchsOperations(float momentum, float decay)
    {
        // A vector's length does not divide 9·7·3·3, several threads share 70,001, and a convolution's channels come last in memory.
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        foreach (var shape in (long[][])[[9, 7, 3, 3], [70_001], [5]])
        {
            var start = randn(shape, generator: generator);
            start = shape.Length == 4 ? ChannelsLast.Of(start) : start;
            var (weight, expected) = (new Parameter(start.clone()), start.clone());
            var momenta = zeros_like(expected);
            using var optimizer = new Sgd([new ParameterGroup([weight], decay, RateFactor: 0.3f)], momentum);
            foreach (var rate in (float[])[0.1f, 0.07f, 0.013f])
            {
                var target = randn(shape, generator: generator);
                ((weight - target).square() * 0.5f).sum().backward();
                var gradient = weight.grad!.clone();
                optimizer.Step(rate);

                using var noGradient = no_grad();
                gradient = decay == 0 ? gradient : gradient.add_(expected, alpha: decay);
                momenta.mul_(momentum).add_(gradient);
                expected.add_(gradient.add_(momenta, alpha: momentum), alpha: -rate * 0.3f);
                CollectionAssert.AreEqual(Values(expected.contiguous()), Values(weight.contiguous()));
            }

            CollectionAssert.AreEqual(Values(momenta.contiguous()), optimizer.Export().Single());
        }
    }

    [TestMethod]
    public void Step_GradientInAnotherOrder_MovesTheSameWay()
    {
        using var scope = NewDisposeScope();
        var start = arange(24, ScalarType.Float32).view(2, 3, 2, 2);
        var (plain, ordered) = (new Parameter(start.clone()), new Parameter(ChannelsLast.Of(start.clone())));
        using var optimizer = new Sgd([new ParameterGroup([plain, ordered], 0.1f)], 0.9f);
        for (var step = 0; step < 3; step++)
        {
            var gradient = (start * (step + 1)).contiguous();
            (plain.grad, ordered.grad) = (gradient.clone(), gradient.clone());
            optimizer.Step(0.1f);
        }

        CollectionAssert.AreEqual(Values(plain), Values(ordered.contiguous()));
        CollectionAssert.AreNotEqual(Values(start), Values(plain));
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
