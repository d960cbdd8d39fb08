using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Networks;

/// <summary>What is trained is what is scored: the torch module and the managed plan agree on random weights.</summary>
[TestClass]
public sealed class ScoringAgreesWithTorchTests
{
    private const float Tolerance = 1e-4f;

    // A gate this near to its threshold may fall to either side by rounding alone, and all that follows then differs.
    private const float Margin = 1e-3f;

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Run_SmallNetworks_AgreesWithThePlan()
    {
        foreach (var spec in TestNetworks.Small())
        {
            Compare(spec, images: 24, seed: 1);
            Compare(spec with { AveragesHeads = true }, images: 9, seed: 3);
            Compare(spec with { Exits = [], Architecture = ResNetArchitecture.Cifar(20) }, images: 9, seed: 2);
        }
    }

    [TestMethod]
    public void Run_ImageNetStyles_AgreesWithThePlan()
    {
        foreach (var spec in TestNetworks.ImageNet())
        {
            Compare(spec, images: 2, seed: 4);
        }
    }

    [TestMethod]
    [DataRow(NetworkKind.SkipNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void Run_GatesToldBudgets_AgreesWithThePlan(NetworkKind network)
    {
        foreach (var budget in (float[])[0.1f, 0.45f, 0.8f, 1])
        {
            Compare(TestNetworks.Cifar(network) with { AnyBudget = true }, images: 16, seed: 1, budget);
        }
    }

    private static void Compare(NetworkSpec spec, int images, int seed, float? budget = null)
    {
        var policy = ScoringPolicy.Default with { Budget = budget };
        using var scope = NewDisposeScope();
        var blocks = spec.Plan();
        var weights = TestNetworks.Weights(blocks, seed);
        var plan = InferencePlan.Compile(blocks, weights, ChannelStatistics.Identity(spec.Image.Channels));
        using var module = new GatedResNetModule(blocks, 1);
        module.Load(weights);
        module.eval();
        var pixels = TestNetworks.Images(spec, images, seed);
        var input = NetworkInput.Of(tensor(pixels, [images, .. spec.Dimensions()])) with
        {
            Budgets = budget is { } told ? full([images], told) : null,
        };
        var pass = module.Run(input, new ThresholdSampler());
        var answers = pass.Answers(spec.AveragesHeads);
        var last = answers[^1].softmax(1).detach().data<float>().ToArray();
        var exits = answers.SkipLast(1).Select(logits => logits.softmax(1).detach().data<float>().ToArray()).ToArray();
        var gates = pass.Gates.ToDictionary(gate => gate.Block, gate => gate.Logit.sigmoid().detach().data<float>().ToArray());
        var trace = new ExecutionTrace(blocks.Blocks.Count);
        var probabilities = new float[spec.Classes];
        var compared = 0;
        for (var image = 0; image < images; image++)
        {
            if (gates.Values.Any(gate => MathF.Abs(gate[image] - 0.5f) < Margin))
            {
                continue;
            }

            compared++;
            var one = pixels.AsSpan(image * spec.Image.Size, spec.Image.Size);
            plan.Run(one, policy, probabilities, trace);
            AssertClose(last.AsSpan(image * spec.Classes, spec.Classes), probabilities, spec);
            foreach (var (block, gate) in gates)
            {
                if (budget is 1)
                {
                    Assert.IsTrue(trace.Ran[block], $"{spec.Describe()}: block {block}");
                    continue;
                }

                Assert.AreEqual(gate[image] > 0.5f, trace.Ran[block], $"{spec.Describe()}: block {block}");
                Assert.AreEqual(gate[image], trace.GateProbability[block], Tolerance, $"{spec.Describe()}: gate {block}");
            }

            if (exits.Length > 0)
            {
                plan.Run(one, policy with { ExitConfidence = [0f] }, probabilities, trace);
                Assert.AreEqual(0, trace.ExitTaken);
                AssertClose(exits[0].AsSpan(image * spec.Classes, spec.Classes), probabilities, spec);
            }
        }

        Assert.IsTrue(compared * 2 >= images, $"{spec.Describe()}: only {compared} of {images} images could be compared");
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, NetworkSpec spec)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], Tolerance, spec.Describe());
        }
    }
}
