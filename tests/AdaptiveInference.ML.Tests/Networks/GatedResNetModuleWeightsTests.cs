using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Networks;

[TestClass]
public sealed class GatedResNetModuleWeightsTests
{
    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void NamedParameters_EveryNetwork_AreTheLayout()
    {
        foreach (var spec in TestNetworks.Small().Concat(TestNetworks.ImageNet()))
        {
            var plan = spec.Plan();
            using var module = new GatedResNetModule(plan, 1);
            var registered = module.named_parameters().Select(p => (p.name, tensor: (Tensor)p.parameter))
                .Concat(module.named_buffers().Select(b => (b.name, tensor: b.buffer)))
                .Select(p => $"{p.name} [{string.Join(",", p.tensor.shape)}]");

            var expected = WeightLayout.Of(plan).Select(tensor => $"{tensor.Name} [{string.Join(",", tensor.Shape)}]");

            CollectionAssert.AreEquivalent(expected.ToArray(), registered.ToArray(), spec.Describe());
        }
    }

    // torchvision's published counts for 1000 classes, and those of the CIFAR networks with projection shortcuts.
    [TestMethod]
    [DataRow(18, 11_689_512L)]
    [DataRow(34, 21_797_672L)]
    [DataRow(50, 25_557_032L)]
    public void Parameters_ImageNet_AreTorchvisions(int depth, long expected)
        => Assert.AreEqual(expected, Count(new NetworkSpec
        {
            Network = NetworkKind.ResNet,
            Architecture = ResNetArchitecture.ImageNet(depth),
            Image = new ImageShape(3, 64, 64),
            Classes = 1000,
        }));

    [TestMethod]
    [DataRow(20, 272_474L)]
    [DataRow(110, 1_730_714L)]
    public void Parameters_Cifar_AreThoseOfProjectionShortcuts(int depth, long expected)
        => Assert.AreEqual(expected, Count(new NetworkSpec
        {
            Network = NetworkKind.ResNet,
            Architecture = ResNetArchitecture.Cifar(depth),
            Image = new ImageShape(3, 32, 32),
            Classes = 10,
        }));

    [TestMethod]
    public void Export_AfterLoad_IsTheSame()
    {
        foreach (var spec in TestNetworks.Small().Concat(TestNetworks.ImageNet().Take(2)))
        {
            var plan = spec.Plan();
            var weights = TestNetworks.Weights(plan, 3);
            using var module = new GatedResNetModule(plan, 1);

            module.Load(weights);

            AssertEqual(weights, module.Export());
        }
    }

    [TestMethod]
    public void Load_WeightsOfAnotherNetwork_NamesTheTensor()
    {
        using var module = new GatedResNetModule(TestNetworks.Cifar(NetworkKind.ResNet).Plan(), 1);
        var other = TestNetworks.Weights((TestNetworks.Cifar(NetworkKind.ResNet) with { Classes = 4 }).Plan(), 1);

        var error = Assert.ThrowsExactly<ArgumentException>(() => module.Load(other));

        StringAssert.Contains(error.Message, "'exits.0.fc2.weight'");
    }

    [TestMethod]
    public void Constructor_SameSeed_MakesTheSameWeightsWhateverTheProcessDrew()
    {
        foreach (var spec in TestNetworks.Small())
        {
            using var first = new GatedResNetModule(spec.Plan(), 11);
            random.manual_seed(123);
            using var second = new GatedResNetModule(spec.Plan(), 11);
            using var third = new GatedResNetModule(spec.Plan(), 12);

            AssertEqual(first.Export(), second.Export());
            Assert.IsFalse(first.Export()["conv1.weight"].SequenceEqual(third.Export()["conv1.weight"]));
        }
    }

    [TestMethod]
    public void Constructor_ConvolutionWeights_HaveKaimingsDeviation()
    {
        using var module = new GatedResNetModule(TestNetworks.Cifar(NetworkKind.ResNet).Plan(), 11);
        var weights = module.Export()["layer3.1.conv2.weight"].ToArray();

        var deviation = Math.Sqrt(weights.Average(weight => weight * weight));

        Assert.AreEqual(Math.Sqrt(2.0 / (64 * 9)), deviation, 0.002);
    }

    [TestMethod]
    public void Constructor_AigGates_StartOpen()
    {
        using var module = new GatedResNetModule(TestNetworks.Cifar(NetworkKind.ConvNetAig).Plan(), 11);
        var weights = module.Export();

        CollectionAssert.AreEqual(new[] { 0.1f, 2f }, weights["layer1.0.gate.fc2.bias"].ToArray());
        Assert.IsTrue(weights["layer1.0.gate.fc2.weight"].ToArray().Max(MathF.Abs) is > 0 and < 0.006f);
    }

    [TestMethod]
    public void ParameterGroups_EveryNetwork_SplitAllParametersOnce()
    {
        foreach (var spec in TestNetworks.Small())
        {
            using var module = new GatedResNetModule(spec.Plan(), 1);
            var gates = module.GateParameters.ToHashSet();
            var backbone = module.BackboneParameters.ToHashSet();

            Assert.AreEqual(spec.Network == NetworkKind.ResNet, gates.Count == 0);
            Assert.IsFalse(gates.Overlaps(backbone));
            Assert.AreEqual(module.parameters().Count(), gates.Count + backbone.Count);
            Assert.IsTrue(backbone.IsProperSupersetOf(module.ExitParameters));
        }
    }

    [TestMethod]
    public void To_AnotherType_IsRefused()
    {
        using var module = new GatedResNetModule(TestNetworks.Cifar(NetworkKind.ResNet).Plan(), 1);

        Assert.ThrowsExactly<InvalidOperationException>(() => module.to(ScalarType.Float64));
    }

    internal static void AssertEqual(NetworkWeights expected, NetworkWeights actual)
    {
        foreach (var tensor in expected.Layout)
        {
            Assert.IsTrue(expected[tensor.Name].SequenceEqual(actual[tensor.Name]), tensor.Name);
        }
    }

    private static long Count(NetworkSpec spec)
    {
        using var module = new GatedResNetModule(spec.Plan(), 1);
        return module.parameters().Sum(parameter => parameter.numel());
    }
}
