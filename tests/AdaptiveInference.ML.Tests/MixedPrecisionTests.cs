using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Tests.Networks;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using Microsoft.ML;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests;

[TestClass]
public sealed class MixedPrecisionTests
{
    [TestMethod]
    public void Run_InBFloat16_GivesNearlyTheSameAndGradientsInSinglePrecision()
    {
        LibTorchRuntime.Start();
        foreach (var spec in TestNetworks.Small())
        {
            using var scope = NewDisposeScope();
            using var network = new GatedResNetModule(BlockPlan.Of(spec), 1);
            var images = randn(6, spec.Image.Channels, spec.Image.Height, spec.Image.Width);
            network.train();
            network.FreezeBatchNorm(true);
            var exact = network.Run(images, FixedSampler.AllOpen).Logits;

            network.InBFloat16 = true;
            var pass = network.Run(images, FixedSampler.AllOpen);

            Assert.AreEqual(ScalarType.Float32, pass.Logits.dtype);
            var scale = exact.abs().max().item<float>();
            Assert.IsTrue(pass.Logits.allclose(exact, 0, 0.1 * scale), spec.Describe());
            Assert.IsFalse(pass.Logits.allclose(exact, 0, 1e-6 * scale), $"{spec.Describe()} was not computed in bfloat16");
            pass.Logits.sum().backward();
            Assert.IsTrue(network.BackboneParameters.All(p => p.grad is null || p.grad.dtype == ScalarType.Float32));
        }
    }

    [TestMethod]
    public void Fit_MixedPrecisionWithoutInstructionsForIt_TrainsInSinglePrecisionAndSaysSo()
    {
        var hasInstructions = BFloat16Instructions.AreOnProcessor;
        var (single, quiet) = Fit(false);
        var (mixed, log) = Fit(true);

        Assert.IsFalse(quiet.Exists(line => line.Contains("no bfloat16", StringComparison.Ordinal)));
        Assert.AreEqual(hasInstructions, !log.Exists(line => line.Contains("no bfloat16", StringComparison.Ordinal)));
        Assert.AreEqual(hasInstructions, !single.SequenceEqual(mixed));
    }

    [TestMethod]
    public void Fit_PrecisionNotChosen_IsSingleAndIsSaid()
    {
        var (chosen, log) = Fit(null);
        var (same, _) = Fit(false);

        CollectionAssert.AreEqual(same, chosen);
        Assert.IsTrue(log.Exists(line => line.Contains("Training in single precision.", StringComparison.Ordinal)));
    }

    private static (float[] Weights, List<string> Log) Fit(bool? mixedPrecision)
    {
        var log = new List<string>();
        var context = new MLContext(1);
        context.Log += (_, message) => log.Add(message.Message);
        var options = new ResNetTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, BatchSize = 16, Seed = 1, MixedPrecision = mixedPrecision,
        };
        using var model = Trainers.Create(context, options).Fit(SyntheticImages.View(context, SyntheticImages.Rows(60)));
        return (model.Model.Weights["conv1.weight"].ToArray(), log);
    }

    [TestMethod]
    public void Fit_MixedPrecision_Learns()
    {
        var context = new MLContext(1);
        var options = new SkipNetTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, ReinforcementEpochs = 1, BatchSize = 16, Seed = 1,
            MixedPrecision = true,
            TargetComputeFraction = 0.8f,
        };

        using var model = Trainers.Create(context, options).Fit(SyntheticImages.View(context, SyntheticImages.Rows(300)));

        var test = SyntheticImages.View(context, SyntheticImages.Rows(150, seed: 9));
        Assert.IsGreaterThan(0.8, context.MulticlassClassification.EvaluateAdaptive(model.Transform(test)).Classification.MicroAccuracy);
    }
}
