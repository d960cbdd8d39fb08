using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training.Optimisation;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Tests.Training.Optimisation;

[TestClass]
public sealed class ParameterGroupsTests
{
    private static readonly BlockPlan Plan = BlockPlan.Of(Networks.TestNetworks.Cifar(NetworkKind.ConvNetAig));

    [TestMethod]
    public void Groups_Default_DecayWeightsOfTheBackboneAlone()
        => AssertGroups(
            decaysAll: false, name => !name.Contains(".gate.") && name.EndsWith(".weight", StringComparison.Ordinal) && !IsNorm(name));

    [TestMethod]
    public void Groups_AsPublished_DecayEverything() => AssertGroups(decaysAll: true, _ => true);

    // Norms have one value per channel, weights more dimensions.
    private static bool IsNorm(string name) => WeightLayout.Of(Plan).Single(tensor => tensor.Name == name).Shape.Count == 1;

    private static void AssertGroups(bool decaysAll, Func<string, bool> decays)
    {
        using var network = new GatedResNetModule(Plan, 1);
        var groups = ParameterGroups.Of(network, 0.01f, decaysAll);
        foreach (var (name, parameter) in network.named_parameters())
        {
            var group = groups.Single(group => group.Parameters.Any(member => ReferenceEquals(member, parameter)));
            Assert.AreEqual(decays(name) ? 0.01f : 0f, group.WeightDecay, name);
        }
    }
}
