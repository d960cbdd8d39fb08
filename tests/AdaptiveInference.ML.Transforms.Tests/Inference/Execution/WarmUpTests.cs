using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Tests.Scoring;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Execution;

/// <summary>A warm-up runs in the background where its failure is not seen: so it must not, and it must be of what is needed.</summary>
[TestClass]
public sealed class WarmUpTests
{
    [TestMethod]
    public void Run_EveryWidth_DoesNotFail()
    {
        foreach (var width in VectorWidthChoice.Available)
        {
            WarmUp.Run(width);
        }
    }

    [TestMethod]
    public void Convolutions_EveryWidth_AreAllThatACifarNetworkHas()
    {
        var spec = TestModels.Spec() with { Architecture = ResNetArchitecture.Cifar(38), Image = new ImageShape(3, 32, 32) };
        var network = new RandomNetwork(spec, seed: 1);
        foreach (var width in VectorWidthChoice.Available)
        {
            var kernels = KernelsOfWidth.Of(width);
            var compiled = new CompiledNetwork(network.Plan, network.Weights, new CostModel(network.Plan), kernels, workers: 1);
            var needed = compiled.Blocks
                .SelectMany(block => block.Body.Concat(block.Shortcut))
                .Concat(compiled.Stem)
                .Select(convolution => convolution.GetType());

            var warmedUp = WarmUp.Convolutions(kernels, new ArenaLayout(width)).Select(convolution => convolution.GetType());

            CollectionAssert.AreEquivalent(needed.Distinct().ToArray(), warmedUp.Distinct().ToArray(), $"{width}");
        }
    }

    [TestMethod]
    public async Task Start_WarmUpFails_CompletesWithoutAFault()
    {
        var ran = false;

        var task = WarmUp.Start(() =>
        {
            ran = true;
            throw new InvalidOperationException("out of tune");
        });
        await task;

        Assert.IsTrue(ran);
        Assert.IsNull(task.Exception);
    }

    [TestMethod]
    public void StartOnce_CalledAgain_StartsNothing()
    {
        WarmUp.StartOnce();

        Assert.IsNull(WarmUp.StartOnce());
    }
}
