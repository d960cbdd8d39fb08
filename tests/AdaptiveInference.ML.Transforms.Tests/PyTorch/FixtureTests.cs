using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.PyTorch;

namespace AdaptiveInference.ML.Transforms.Tests.PyTorch;

/// <summary>
/// The stored networks were made by the original projects' code with random weights, and so were the logits and gate decisions for eight
/// images that lie beside them.
/// </summary>
[TestClass]
public sealed class FixtureTests
{
    private const float Tolerance = 1e-4f;

    [TestMethod]
    [DataRow("skipnet20_recurrent", NetworkKind.SkipNet, GateKind.Recurrent)]
    [DataRow("skipnet20_ffgate1", NetworkKind.SkipNet, GateKind.FeedForwardI)]
    [DataRow("skipnet20_ffgate2", NetworkKind.SkipNet, GateKind.FeedForwardII)]
    [DataRow("convnet_aig20", NetworkKind.ConvNetAig, GateKind.Recurrent)]
    public void Read_OriginalNetwork_ReproducesProbabilitiesAndGateDecisions(string name, NetworkKind network, GateKind gate)
    {
        var fixture = Fixture.Read(name, network, gate);
        var imported = SafeTensorsCheckpoint.Read(fixture.Path, fixture.Options);
        var plan = InferencePlan.Compile(imported.Plan, imported.Weights, imported.Statistics);
        var trace = new ExecutionTrace(imported.Plan.Blocks.Count);
        var probabilities = new float[Fixture.Classes];
        for (var image = 0; image < Fixture.Images; image++)
        {
            plan.Run(fixture.Image(image), ScoringPolicy.Default, probabilities, trace);

            var expected = fixture.Probabilities(image);
            for (var i = 0; i < Fixture.Classes; i++)
            {
                Assert.AreEqual(expected[i], probabilities[i], Tolerance, $"image {image}, class {i}");
            }

            var gated = imported.Plan.Blocks.Where(block => block.IsGated).Select(block => trace.Ran[block.Index]).ToArray();
            CollectionAssert.AreEqual(fixture.GatesOpen(image), gated, $"image {image}");
        }
    }
}
