using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.PyTorch;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Networks;

/// <summary>The torch module against what the original projects' code computed.</summary>
[TestClass]
public sealed class PyTorchFixtureTests
{
    [TestMethod]
    [DataRow("skipnet20_recurrent", NetworkKind.SkipNet, GateKind.Recurrent)]
    [DataRow("skipnet20_ffgate1", NetworkKind.SkipNet, GateKind.FeedForwardI)]
    [DataRow("skipnet20_ffgate2", NetworkKind.SkipNet, GateKind.FeedForwardII)]
    [DataRow("convnet_aig20", NetworkKind.ConvNetAig, GateKind.Recurrent)]
    public void Run_Fixture_HasItsLogitsAndGates(string name, NetworkKind network, GateKind gate)
    {
        LibTorchRuntime.Start();
        using var scope = NewDisposeScope();
        var folder = Path.Combine(AppContext.BaseDirectory, "Fixtures");
        using var expected = SafeTensorsReader.Open(Path.Combine(folder, name + ".expected.safetensors"));
        var classes = (int)expected.Entries["logits"].Shape[1];
        var imported = SafeTensorsCheckpoint.Read(Path.Combine(folder, name + ".safetensors"), new PyTorchImportOptions
        {
            Network = network,
            Gate = gate,
            Architecture = ResNetArchitecture.Cifar(20),
            ImageShape = new ImageShape(3, 32, 32),
            ClassNames = [.. Enumerable.Range(0, classes).Select(index => $"class{index}")],
        });
        using var module = new GatedResNetModule(imported.Plan, 1);
        module.Load(imported.Weights);
        module.eval();

        var pass = module.Run(
            tensor(expected.Read(expected.Entries["input"]), expected.Entries["input"].Shape.ToArray()), new ThresholdSampler());

        var logits = pass.Logits.detach().data<float>().ToArray();
        var wanted = expected.Read(expected.Entries["logits"]);
        for (var i = 0; i < logits.Length; i++)
        {
            Assert.AreEqual(wanted[i], logits[i], 1e-3f);
        }

        // One column per gate of the original, which for SkipNet has one more: after the last block, deciding nothing.
        var open = expected.Read(expected.Entries["gate_open"]);
        var columns = (int)expected.Entries["gate_open"].Shape[1];
        for (var index = 0; index < pass.Gates.Count; index++)
        {
            var decided = pass.Gates[index].Open.data<float>().ToArray();
            for (var image = 0; image < decided.Length; image++)
            {
                Assert.AreEqual(open[(image * columns) + index], decided[image], $"gate {index}, image {image}");
            }
        }
    }
}
