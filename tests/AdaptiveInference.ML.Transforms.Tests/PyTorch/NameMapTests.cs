using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.PyTorch;

namespace AdaptiveInference.ML.Transforms.Tests.PyTorch;

[TestClass]
public sealed class NameMapTests
{
    [TestMethod]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent, "layer1.1.gate.embed.weight", "group1_gate0.1.weight")]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent, "layer2.0.gate.embed.bias", "group1_gate2.1.bias")]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent, "layer3.2.gate.embed.weight", "group3_gate1.1.weight")]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardI, "layer2.1.gate.linear.weight", "group2_gate0.linear_layer.weight")]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardII, "layer2.1.gate.bn1.running_var", "group2_gate0.bn1.running_var")]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent, "layer2.0.conv2.weight", "group2_layer0.conv2.weight")]
    [DataRow(
        NetworkKind.SkipNet, GateKind.Recurrent, "layer2.0.downsample.0.weight",
        "group2_layer0.downsample.0.weight or group2_ds0.0.weight")]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent, "control.proj.weight", "control.proj.weight")]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent, "layer1.0.gate.fc1bn.running_mean", "layer1.0.fc1bn.running_mean")]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent, "layer2.0.downsample.1.weight", "layer2.0.shortcut.1.weight")]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent, "fc.bias", "linear.bias")]
    [DataRow(NetworkKind.ResNet, GateKind.Recurrent, "layer2.0.downsample.0.weight", "layer2.0.downsample.0.weight")]
    [DataRow(NetworkKind.ResNet, GateKind.Recurrent, "fc.bias", "fc.bias")]
    public void Of_Tensor_HasTheOriginalName(NetworkKind network, GateKind gate, string target, string expected)
    {
        var map = NameMap.Of(Plan(network, gate));

        var source = map.Sources.Single(source => source.Target.Name == target);

        Assert.AreEqual(expected, string.Join(" or ", source.Names));
    }

    [TestMethod]
    [DataRow(GateKind.Recurrent, "group3_gate2.1.bias, group3_gate2.1.weight")]
    [DataRow(
        GateKind.FeedForwardII,
        "group3_gate2.bn1.bias, group3_gate2.bn1.running_mean, group3_gate2.bn1.running_var, group3_gate2.bn1.weight, "
        + "group3_gate2.conv1.weight, group3_gate2.linear_layer.bias, group3_gate2.linear_layer.weight")]
    public void Of_SkipNet_IgnoresOnlyTheGateAfterTheLastBlock(GateKind gate, string expected)
        => Assert.AreEqual(expected, string.Join(", ", NameMap.Of(Plan(NetworkKind.SkipNet, gate)).Ignored.Order(StringComparer.Ordinal)));

    [TestMethod]
    public void Of_AnyNetwork_MapsNoTwoTensorsToOneName()
    {
        foreach (var network in Enum.GetValues<NetworkKind>())
        {
            var names = NameMap.Of(Plan(network, GateKind.FeedForwardI)).Sources.SelectMany(source => source.Names).ToList();

            Assert.AreEqual(names.Count, names.Distinct().Count(), network.ToString());
        }
    }

    private static BlockPlan Plan(NetworkKind network, GateKind gate) => BlockPlan.Of(new NetworkSpec
    {
        Network = network,
        Architecture = ResNetArchitecture.Cifar(20),
        Gate = gate,
        Image = new ImageShape(3, 32, 32),
        Classes = 10,
    });
}
