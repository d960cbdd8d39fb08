using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Networks;

[TestClass]
public sealed class GatedResNetModulePassTests
{
    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Run_EveryNetworkAndBatchSize_HasTheShapesOfTheBatch()
    {
        foreach (var spec in TestNetworks.Small())
        {
            using var module = Loaded(spec);
            for (var batch = 1; batch <= 9; batch++)
            {
                using var scope = NewDisposeScope();
                var pass = module.Run(Images(spec, batch), new ThresholdSampler());

                CollectionAssert.AreEqual(new long[] { batch, spec.Classes }, pass.Logits.shape);
                Assert.HasCount(1, pass.ExitLogits);
                CollectionAssert.AreEqual(new long[] { batch, spec.Classes }, pass.ExitLogits[0].shape);
                CollectionAssert.AreEqual(
                    module.Plan.Blocks.Where(block => block.IsGated).Select(block => block.Index).ToArray(),
                    pass.Gates.Select(gate => gate.Block).ToArray());
                foreach (var gate in pass.Gates)
                {
                    CollectionAssert.AreEqual(new long[] { batch }, gate.Logit.shape);
                    CollectionAssert.AreEqual(new long[] { batch }, gate.Open.shape);
                }
            }
        }
    }

    [TestMethod]
    public void Run_BatchOfImages_GivesEachImageWhatItGetsAlone()
    {
        foreach (var spec in TestNetworks.Small())
        {
            using var scope = NewDisposeScope();
            using var module = Loaded(spec);
            var images = Images(spec, 5);
            var together = module.Run(images, new ThresholdSampler());
            for (var image = 0; image < 5; image++)
            {
                var alone = module.Run(images.narrow(0, image, 1), new ThresholdSampler());
                Assert.IsTrue(alone.Logits[0].allclose(together.Logits[image], 1e-4, 1e-4), spec.Describe());
                Assert.IsTrue(alone.ExitLogits[0][0].allclose(together.ExitLogits[0][image], 1e-4, 1e-4), spec.Describe());
            }
        }
    }

    // A mask is a factor of the whole computation. An image whose pattern is p must get what a batch gets in which every image has p.
    [TestMethod]
    public void Run_PatternPerImage_IsThatImagesOwn()
    {
        var random = new Random(4);
        foreach (var spec in TestNetworks.Small())
        {
            using var scope = NewDisposeScope();
            using var module = Loaded(spec);
            for (var batch = 1; batch <= 9; batch += 4)
            {
                var images = Images(spec, batch);
                var pattern = new bool[batch, module.Plan.Blocks.Count];
                for (var i = 0; i < pattern.Length; i++)
                {
                    pattern[i / module.Plan.Blocks.Count, i % module.Plan.Blocks.Count] = random.Next(2) == 1;
                }

                var together = module.Run(images, new FixedSampler(pattern)).Logits;
                for (var image = 0; image < batch; image++)
                {
                    var row = new bool[1, module.Plan.Blocks.Count];
                    for (var block = 0; block < row.Length; block++)
                    {
                        row[0, block] = pattern[image, block];
                    }

                    var alone = module.Run(images, new FixedSampler(row)).Logits;
                    Assert.IsTrue(alone[image].allclose(together[image], 1e-4, 1e-4), spec.Describe());
                }
            }
        }
    }

    [TestMethod]
    public void Run_SkipNetBlockClosed_PassesTheProjectionOrTheInputOn()
    {
        using var scope = NewDisposeScope();
        var spec = TestNetworks.Cifar(NetworkKind.SkipNet) with { Exits = [] };
        using var module = Loaded(spec);
        var images = Images(spec, 4);
        var blocks = module.Plan.Blocks.Count;
        var onlyFirst = new bool[1, blocks];
        onlyFirst[0, 0] = true;
        var before = module.Run(images, new FixedSampler(onlyFirst)).Logits;

        // Nothing but the projections and the first block has a say now.
        foreach (var (name, parameter) in module.named_parameters())
        {
            if (name.StartsWith("layer", StringComparison.Ordinal) && !name.StartsWith("layer1.0.", StringComparison.Ordinal)
                && name.Contains("conv"))
            {
                using var noGradient = no_grad();
                parameter.zero_();
            }
        }

        Assert.IsTrue(before.allclose(module.Run(images, new FixedSampler(onlyFirst)).Logits, 1e-5, 1e-5));
        Assert.IsFalse(before.allclose(module.Run(images, FixedSampler.AllOpen).Logits, 1e-2, 1e-2));
    }

    [TestMethod]
    public void Run_StaticNetworkWithMask_DropsBlocks()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var spec = TestNetworks.Cifar(NetworkKind.ResNet);
        using var module = Loaded(spec);
        var images = Images(spec, 6);
        var full = module.Run(images, FixedSampler.AllOpen).Logits;

        Assert.IsTrue(full.allclose(module.Run(images, new ThresholdSampler()).Logits, 1e-5, 1e-5));
        Assert.IsTrue(full.allclose(module.Run(images, new RandomDropSampler(0, generator)).Logits, 1e-5, 1e-5));
        Assert.IsFalse(full.allclose(module.Run(images, new RandomDropSampler(0.5, generator)).Logits, 1e-2, 1e-2));
    }

    [TestMethod]
    public void Run_Training_UpdatesEveryBatchNormExactlyOnce()
    {
        foreach (var spec in TestNetworks.Small())
        {
            using var scope = NewDisposeScope();
            using var module = new GatedResNetModule(spec.Plan(), 1);
            module.train();
            module.Run(Images(spec, 4), FixedSampler.AllOpen);
            var once = module.Export();
            module.eval();
            module.Run(Images(spec, 4), FixedSampler.AllOpen);

            // From 0 towards the batch's mean m by a tenth: 0.1·m. A second update with the same batch would give 0.19·m.
            AssertMean("bn1", once, StemMean(module, spec));
            foreach (var block in module.Plan.Blocks.Where(block => block.Projection is not null))
            {
                Assert.IsTrue(Moved(once, block.Prefix + "downsample.1"), spec.Describe());
            }

            Assert.IsTrue(once.Layout.Where(tensor => tensor.Name.EndsWith("running_mean", StringComparison.Ordinal))
                .All(tensor => Moved(once, tensor.Name[..^13])), spec.Describe());
            GatedResNetModuleWeightsTests.AssertEqual(once, module.Export());
        }
    }

    // The projection's input is the same for both uses, so its statistic after one pass tells how often it was updated.
    [TestMethod]
    [DataRow(NetworkKind.SkipNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void Run_ConstantProjection_MovesItsMeanByATenth(NetworkKind network)
    {
        using var scope = NewDisposeScope();
        var spec = TestNetworks.Cifar(network) with { Exits = [] };
        using var module = new GatedResNetModule(spec.Plan(), 1);
        using (no_grad())
        {
            // Everything before the projection is switched off but for a constant of 1 at the stem: the projection sees ones.
            foreach (var (name, parameter) in module.named_parameters())
            {
                if (name is "bn1.weight" || (name.StartsWith("layer1.", StringComparison.Ordinal) && name.Contains(".bn")))
                {
                    parameter.zero_();
                }
                else if (name is "bn1.bias" or "layer2.0.downsample.0.weight")
                {
                    parameter.fill_(name == "bn1.bias" ? 1 : 0.5);
                }
            }
        }

        module.train();
        module.Run(Images(spec, 4), FixedSampler.AllOpen);

        foreach (var mean in module.Export()["layer2.0.downsample.1.running_mean"])
        {
            Assert.AreEqual(0.1f * 16 * 0.5f, mean, 1e-4f);
        }
    }

    [TestMethod]
    public void Run_FrozenBatchNorm_UsesAndKeepsTheRunningStatistics()
    {
        foreach (var spec in TestNetworks.Small())
        {
            using var scope = NewDisposeScope();
            using var module = Loaded(spec);
            var images = Images(spec, 4);
            var expected = module.Run(images, new ThresholdSampler()).Logits;
            var before = module.Export();
            module.train();
            module.FreezeBatchNorm(true);

            var frozen = module.Run(images, new ThresholdSampler()).Logits;
            frozen.sum().backward();

            Assert.IsTrue(expected.allclose(frozen, 1e-5, 1e-5));
            GatedResNetModuleWeightsTests.AssertEqual(before, module.Export());
            Assert.IsTrue(module.get_parameter("bn1.weight")!.grad!.abs().sum().item<float>() > 0);
            module.FreezeBatchNorm(false);
            module.Run(images, new ThresholdSampler());
            Assert.IsFalse(before["bn1.running_mean"].SequenceEqual(module.Export()["bn1.running_mean"]));
        }
    }

    [TestMethod]
    public void Backward_EveryNetworkAndSampler_ReachesEveryParameterWithFiniteGradients()
    {
        using var generator = new Generator(3);
        foreach (var spec in TestNetworks.Small())
        {
            foreach (var sampler in new IGateSampler[] { new StraightThroughSampler(), new GumbelSampler(1, generator) })
            {
                using var scope = NewDisposeScope();
                using var module = Loaded(spec);
                module.train();
                var pass = module.Run(Images(spec, 16), sampler);

                // A block that is closed for the whole batch rightly learns nothing but its gate.
                var closed = pass.Gates.Where(gate => gate.Open.sum().item<float>() == 0)
                    .Select(gate => module.Plan.Blocks[gate.Block].Prefix).ToList();
                (pass.Logits.pow(2).sum() + pass.ExitLogits[0].pow(2).sum()).backward();
                foreach (var (name, parameter) in module.named_parameters())
                {
                    using var gradient = parameter.grad;
                    Assert.IsNotNull(gradient, $"{spec.Describe()}: {name}");
                    Assert.IsTrue(gradient.isfinite().all().item<bool>(), $"{spec.Describe()}: {name}");

                    // Batch-norm takes out what a bias before it adds.
                    var isClosed = closed.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) && !name.Contains(".gate.");
                    if (name.EndsWith("weight", StringComparison.Ordinal) && !isClosed)
                    {
                        Assert.IsTrue(gradient.abs().sum().item<float>() > 0, $"{spec.Describe()}: {name} gets no gradient");
                    }
                }
            }
        }
    }

    [TestMethod]
    public void Backward_BernoulliLogProbability_ReachesTheGates()
    {
        using var generator = new Generator(3);
        foreach (var spec in TestNetworks.Small().Where(spec => spec.Network != NetworkKind.ResNet))
        {
            using var scope = NewDisposeScope();
            using var module = Loaded(spec);
            var pass = module.Run(Images(spec, 8), new BernoulliSampler(generator));

            stack(pass.Gates.Select(gate => gate.LogProbability!)).sum().backward();

            Assert.IsTrue(module.GateParameters.Sum(parameter => parameter.grad?.abs().sum().item<float>() ?? 0) > 0, spec.Describe());
        }
    }

    [TestMethod]
    public void Run_ManySteps_LeavesNoTensorBehind()
    {
        using var generator = new Generator(3);
        foreach (var spec in TestNetworks.Small())
        {
            var before = Live();
            using (var module = new GatedResNetModule(spec.Plan(), 1))
            using (var images = Images(spec, 4))
            {
                module.train();
                var made = Live();
                for (var step = 0; step < 5; step++)
                {
                    using var pass = module.Run(images, new BernoulliSampler(generator));
                }

                Assert.AreEqual(made, Live(), spec.Describe());
                for (var step = 0; step < 5; step++)
                {
                    using var scope = NewDisposeScope();
                    module.zero_grad();
                    module.Run(images, new GumbelSampler(1, generator)).Logits.sum().backward();
                }

                module.Export();
                module.Load(TestNetworks.Weights(module.Plan, 1));
                Assert.AreEqual(made, Live(), spec.Describe());
            }

            Assert.AreEqual(before, Live(), spec.Describe());
        }
    }

    private static long Live() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    private static GatedResNetModule Loaded(NetworkSpec spec)
    {
        var module = new GatedResNetModule(spec.Plan(), 1);
        module.Load(TestNetworks.Weights(module.Plan, 3));
        module.eval();
        return module;
    }

    private static Tensor Images(NetworkSpec spec, int count) => tensor(TestNetworks.Images(spec, count, 8), [count, .. spec.Dimensions()]);

    private static bool Moved(NetworkWeights weights, string norm)
        => !weights[norm + ".running_mean"].SequenceEqual(new float[weights[norm + ".running_mean"].Length]);

    private static float[] StemMean(GatedResNetModule module, NetworkSpec spec)
    {
        using var scope = NewDisposeScope();
        var output = nn.functional.conv2d(Images(spec, 4), module.get_parameter("conv1.weight")!, null, [1, 1], [1, 1]);
        return (output.mean([0, 2, 3]) * 0.1).detach().data<float>().ToArray();
    }

    private static void AssertMean(string norm, NetworkWeights weights, float[] expected)
    {
        var actual = weights[norm + ".running_mean"];
        for (var channel = 0; channel < expected.Length; channel++)
        {
            Assert.AreEqual(expected[channel], actual[channel], 1e-5f);
        }
    }
}
