using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Tests.Networks;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using Microsoft.ML;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests;

/// <summary>Training on a GPU. Inconclusive where there is none, or where libtorch is the CPU's.</summary>
[TestClass]
public sealed class CudaTests
{
    private const string Cuda = "cuda:0";

    private static readonly ResNetArchitecture ResNet8 = ResNetArchitecture.Cifar(8);

    [TestMethod]
    public void Run_EveryNetwork_GivesTheCpusAnswersAndGradients()
    {
        var device = Gpu();
        backends.cudnn.allow_tf32 = false;
        foreach (var spec in TestNetworks.Small().Concat(TestNetworks.ImageNet()))
        {
            using var scope = NewDisposeScope();
            var plan = spec.Plan();
            var images = tensor(TestNetworks.Images(spec, 6, 2), [6, .. spec.Dimensions()]);
            var (expected, expectedGradient) = Answer(plan, images, CPU);

            var (answer, gradient) = Answer(plan, images, device);

            Assert.IsTrue(answer.cpu().allclose(expected, 1e-3, 1e-3 * Largest(expected)), spec.Describe());
            Assert.IsTrue(gradient.cpu().allclose(expectedGradient, 1e-2, 1e-2 * Largest(expectedGradient)), spec.Describe());
        }
    }

    [TestMethod]
    public void Sample_OneSeed_DrawsTheSameAsOnTheCpu()
    {
        var device = Gpu();
        foreach (var make in (Func<Generator, IGateSampler>[])
        [
            generator => new GumbelSampler(1, generator), generator => new BernoulliSampler(generator),
            generator => new RandomDropSampler(0.5, generator),
        ])
        {
            var (expected, drawn) = (Draw(CPU), Draw(device));

            CollectionAssert.AreEqual(expected, drawn);

            float[] Draw(Device on)
            {
                using var scope = NewDisposeScope();
                using var generator = new Generator(5);
                var sample = make(generator).Sample(new GateQuery(0, zeros([1000], device: on), OpensAtTie: false));
                Assert.AreEqual(on.type, sample.Open.device_type);
                return sample.Open.cpu().data<float>().ToArray();
            }
        }
    }

    [TestMethod]
    [DataRow("SkipNet")]
    [DataRow("SkipNet, feed-forward I")]
    [DataRow("SkipNet, feed-forward II")]
    [DataRow("SkipNet, mixed precision")]
    [DataRow("SkipNet, as published")]
    [DataRow("ConvNet-AIG")]
    [DataRow("ConvNet-AIG, as published")]
    [DataRow("ConvNet-AIG, exits, mixed precision")]
    [DataRow("ResNet")]
    [DataRow("ResNet, blocks dropped")]
    [DataRow("ResNet, exits, mixed precision")]
    public void Fit_EveryTrainer_Learns(string trainer)
    {
        Gpu();
        var context = new MLContext(1);

        using var model = Trainers.Create(context, Options(trainer)).Fit(SyntheticImages.View(context, SyntheticImages.Rows(300)));

        AssertHasLearned(context, model);
    }

    [TestMethod]
    public void Fit_TeacherAndInitialModel_Learns()
    {
        Gpu();
        var context = new MLContext(1);
        var images = SyntheticImages.View(context, SyntheticImages.Rows(300));
        using var teacher = Trainers.Create(
            context, new ResNetTrainer.Options { Architecture = ResNet8, Epochs = 6, BatchSize = 16, Seed = 1, Device = Cuda })
            .Fit(images);
        var options = new ConvNetAigTrainer.Options
        {
            Architecture = ResNet8, TargetRate = 0.8f, Epochs = 3, BatchSize = 16, Seed = 1, Device = Cuda, Teacher = teacher,
            InitialModel = teacher,
        };

        using var model = Trainers.Create(context, options).Fit(images);

        AssertHasLearned(context, model);
    }

    [TestMethod]
    public void Fit_CancelledAfterAnEpoch_GoesOnFromTheCheckpoint()
    {
        Gpu();
        var context = new MLContext(1);
        var images = SyntheticImages.View(context, SyntheticImages.Rows(60));
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            using var source = new CancellationTokenSource();
            var epochs = new List<int>();
            var options = new SkipNetTrainer.Options
            {
                Architecture = ResNet8, Epochs = 3, ReinforcementEpochs = 0, BatchSize = 16, Seed = 1, Device = Cuda,
                CheckpointFolder = folder,
                Progress = new ProgressCallback(report =>
                {
                    if (report.IsEpochEnd)
                    {
                        epochs.Add(report.Epoch);
                    }
                    else if (report.Epoch == 2)
                    {
                        source.Cancel();
                    }
                }),
            };
            Assert.ThrowsExactly<OperationCanceledException>(
                () => Trainers.Create(context, options with { CancellationToken = source.Token }).Fit(images));

            using var model = Trainers.Create(context, options).Fit(images);

            CollectionAssert.AreEqual(new[] { 1, 2, 3 }, epochs);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static GatedResNetTrainerOptions Options(string trainer)
    {
        var skipNet = new SkipNetTrainer.Options
        {
            Architecture = ResNet8, Epochs = 6, ReinforcementEpochs = 1, BatchSize = 16, Seed = 1, Device = Cuda,
            TargetComputeFraction = 0.8f,
        };
        var aig = new ConvNetAigTrainer.Options
        {
            Architecture = ResNet8, Epochs = 6, BatchSize = 16, Seed = 1, Device = Cuda, TargetRate = 0.8f,
        };
        var resNet = new ResNetTrainer.Options { Architecture = ResNet8, Epochs = 6, BatchSize = 16, Seed = 1, Device = Cuda };
        return trainer switch
        {
            "SkipNet" => skipNet,
            "SkipNet, feed-forward I" => skipNet with { Gate = GateKind.FeedForwardI },
            "SkipNet, feed-forward II" => skipNet with { Gate = GateKind.FeedForwardII },
            "SkipNet, mixed precision" => skipNet with { MixedPrecision = true, Head = HeadKind.Grid },
            "SkipNet, as published" => skipNet with { AsPublished = true },
            "ConvNet-AIG" => aig,
            "ConvNet-AIG, as published" => aig with { AsPublished = true },
            "ConvNet-AIG, exits, mixed precision" => aig with { MixedPrecision = true, Exits = new ExitOptions() },
            "ResNet" => resNet,
            "ResNet, blocks dropped" => resNet with { BlockDropRate = 0.2f },
            _ => resNet with { Head = HeadKind.Grid, MixedPrecision = true, Exits = new ExitOptions { SelfDistillationWeight = 0.5f } },
        };
    }

    private static void AssertHasLearned(MLContext context, GatedResNetTransformer model)
    {
        var test = SyntheticImages.View(context, SyntheticImages.Rows(150, seed: 9));
        Assert.IsGreaterThan(0.7, context.MulticlassClassification.EvaluateAdaptive(model.Transform(test)).Classification.MicroAccuracy);
    }

    private static Device Gpu()
    {
        var device = TorchDevice.Resolve(Cuda, null, fallbackToCpu: true);
        if (device.type != DeviceType.CUDA)
        {
            Assert.Inconclusive("libtorch sees no CUDA device.");
        }

        return device;
    }

    private static (Tensor Answer, Tensor Gradient) Answer(BlockPlan plan, Tensor images, Device device)
    {
        using var network = new GatedResNetModule(plan, 1, device);
        network.Load(TestNetworks.Weights(plan, 3));
        network.FreezeBatchNorm(true);
        var pass = network.Run(images.to(device), FixedSampler.AllOpen);
        pass.Logits.square().sum().backward();
        return (pass.Logits.detach(), network.BackboneParameters.First().grad!.clone());
    }

    private static double Largest(Tensor values) => values.abs().max().item<float>();
}
