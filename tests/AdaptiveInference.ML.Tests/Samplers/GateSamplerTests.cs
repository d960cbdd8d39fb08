using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Samplers;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Samplers;

[TestClass]
public sealed class GateSamplerTests
{
    private static readonly float[] Logits = [-30, -2, -0.5f, 0, 0.5f, 2, 30];

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    [DataRow(true, new float[] { 0, 0, 0, 1, 1, 1, 1 })]
    [DataRow(false, new float[] { 0, 0, 0, 0, 1, 1, 1 })]
    public void Threshold_AnyLogit_TakesTheMoreLikelyState(bool opensAtTie, float[] expected)
    {
        using var scope = NewDisposeScope();

        CollectionAssert.AreEqual(expected, Values(new ThresholdSampler().Sample(new GateQuery(0, tensor(Logits), opensAtTie)).Open));
    }

    [TestMethod]
    public void StraightThrough_AnyLogit_IsHardForwardAndHasTheGradientOfTheProbability()
    {
        using var scope = NewDisposeScope();
        var logit = tensor(Logits, requires_grad: true);

        var open = new StraightThroughSampler().Sample(new GateQuery(0, logit, OpensAtTie: false)).Open;
        open.sum().backward();

        CollectionAssert.AreEqual(new float[] { 0, 0, 0, 0, 1, 1, 1 }, Values(open));
        var gradient = Values(logit.grad!);
        for (var i = 0; i < Logits.Length; i++)
        {
            var p = 1 / (1 + Math.Exp(-Logits[i]));
            Assert.AreEqual(p * (1 - p), gradient[i], 1e-6);
        }
    }

    [TestMethod]
    [DataRow(0.5)]
    [DataRow(1.0)]
    public void Gumbel_ManyDraws_OpensWithTheProbabilityOfTheLogitAndHasAGradient(double temperature)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var logit = full(20_000, 0.8f).requires_grad_();

        var open = new GumbelSampler(temperature, generator).Sample(new GateQuery(0, logit, OpensAtTie: true)).Open;
        open.sum().backward();

        Assert.IsTrue(Values(open).All(value => value is 0 or 1));
        Assert.AreEqual(1 / (1 + Math.Exp(-0.8)), open.mean().item<float>(), 0.015);
        var gradient = Values(logit.grad!);
        Assert.IsTrue(gradient.All(float.IsFinite));

        // σ' ÷ τ of the noisy logit, averaged over evenly spaced u.
        var expected = Enumerable.Range(0, 10_000).Select(i => (i + 0.5) / 10_000)
            .Select(u => 1 / (1 + Math.Exp(-(0.8 + Math.Log(u) - Math.Log(1 - u)) / temperature)))
            .Average(soft => soft * (1 - soft) / temperature);
        Assert.AreEqual(expected, gradient.Average(), 0.01);
    }

    [TestMethod]
    public void Bernoulli_ManyDraws_KeepsTheLogProbabilityOfWhatItDrew()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var logit = full(20_000, -0.4f).requires_grad_();

        var sample = new BernoulliSampler(generator).Sample(new GateQuery(0, logit, OpensAtTie: false));
        sample.LogProbability!.sum().backward();

        Assert.IsFalse(sample.Open.requires_grad);
        var p = 1 / (1 + Math.Exp(0.4));
        Assert.AreEqual(p, sample.Open.mean().item<float>(), 0.015);
        var (open, log, gradient) = (Values(sample.Open), Values(sample.LogProbability), Values(logit.grad!));
        for (var i = 0; i < 100; i++)
        {
            Assert.AreEqual(Math.Log(open[i] == 1 ? p : 1 - p), log[i], 1e-5);
            Assert.AreEqual(open[i] - p, gradient[i], 1e-5, "the gradient of ln p(state) is state − p");
        }
    }

    [TestMethod]
    public void Bernoulli_ExtremeLogits_HasFiniteLogProbability()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);

        var sample = new BernoulliSampler(generator).Sample(new GateQuery(0, tensor(new[] { -200f, 200f }), OpensAtTie: false));

        Assert.IsTrue(Values(sample.LogProbability!).All(float.IsFinite));
    }

    [TestMethod]
    public void RandomDrop_ManyImages_DropsAtItsRate()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);

        var mask = new RandomDropSampler(0.3, generator).Mask(0, 20_000, CPU);

        Assert.AreEqual(0.7, mask.mean().item<float>(), 0.015);
    }

    [TestMethod]
    [DataRow(0.0, 1f)]
    [DataRow(1.0, 0f)]
    public void RandomDrop_ExtremeRate_IsExact(double rate, float expected)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);

        Assert.AreEqual(expected, new RandomDropSampler(rate, generator).Mask(0, 1_000, CPU).mean().item<float>());
    }

    [TestMethod]
    public void Samplers_SameSeed_DrawTheSame()
    {
        using var scope = NewDisposeScope();
        var query = new GateQuery(0, zeros(64), OpensAtTie: true);
        var makers = new Func<Generator, IGateSampler>[]
        {
            generator => new GumbelSampler(1, generator), generator => new BernoulliSampler(generator),
            generator => new RandomDropSampler(0.5, generator),
        };
        foreach (var make in makers)
        {
            using Generator first = new(9), second = new(9), third = new(10);
            var expected = Values(make(first).Sample(query).Open);

            // The process's own generator has no say.
            random.manual_seed(77);
            CollectionAssert.AreEqual(expected, Values(make(second).Sample(query).Open));
            CollectionAssert.AreNotEqual(expected, Values(make(third).Sample(query).Open));
        }
    }

    [TestMethod]
    public void Fixed_PatternOfAnotherBatch_IsRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new FixedSampler(new bool[3, 2]).Mask(0, 4, CPU));

        Assert.AreEqual("The gate pattern has 3 rows, but the batch has 4 images.", error.Message);
    }

    [TestMethod]
    public void Fixed_Pattern_IsTakenWhateverTheGateSays()
    {
        using var scope = NewDisposeScope();
        var sampler = new FixedSampler(new[,] { { true, false }, { false, false } });
        var query = new GateQuery(0, tensor(new[] { -5f, 5f }), OpensAtTie: true);

        CollectionAssert.AreEqual(new float[] { 1, 0 }, Values(sampler.Sample(query).Open));
        CollectionAssert.AreEqual(new float[] { 0, 0 }, Values(sampler.Sample(query with { Block = 1 }).Open));
        CollectionAssert.AreEqual(new float[] { 1, 1 }, Values(sampler.Sample(query with { Block = 2 }).Open));
        CollectionAssert.AreEqual(new float[] { 1, 1 }, Values(FixedSampler.AllOpen.Sample(query).Open));
    }

    private static float[] Values(Tensor tensor) => tensor.detach().data<float>().ToArray();
}
