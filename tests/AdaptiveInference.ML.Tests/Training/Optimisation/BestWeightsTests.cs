using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training.Optimisation;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Optimisation;

[TestClass]
public sealed class BestWeightsTests
{
    [TestMethod]
    public void Restore_OfSeveralEpochs_TakesTheFirstOfTheBest()
    {
        using var network = Network();
        var best = new BestWeights(null);
        foreach (var (score, value) in new[] { (0.3, 1f), (0.9, 2f), (0.5, 3f), (0.9, 4f) })
        {
            Set(network, value);
            best.Offer(score, network);
        }

        Assert.AreSame(best.Found.Weights, best.Restore(network), "They are what the network then has.");

        Assert.AreEqual(2f, network.get_parameter("fc.bias")![0].item<float>());
        Assert.AreEqual(2f, best.Found.Weights!["fc.bias"][0]);
        Assert.AreEqual(0.9, best.Found.ValidationScore);
        Assert.IsFalse(best.IsStale, "Nobody asked for an early end.");
    }

    [TestMethod]
    public void Restore_WithoutAnOffer_LeavesTheNetworkAsItIs()
    {
        using var network = Network();
        Set(network, 5f);

        Assert.IsNull(new BestWeights(null).Restore(network));

        Assert.AreEqual(5f, network.get_parameter("fc.bias")![0].item<float>());
    }

    [TestMethod]
    public void IsStale_GainsTooSmallToCount_AddUpToOneThatDoes()
    {
        using var network = Network();
        var best = new BestWeights(new EarlyStopping { Patience = 2, MinimumImprovement = 0.1f });

        // 0.5, then 0.06 more twice: the second is 0.12 above what counted last. After that nothing is.
        foreach (var (score, waited) in new[] { (0.5, 0), (0.56, 1), (0.62, 0), (0.7, 1) })
        {
            best.Offer(score, network);
            Assert.AreEqual(waited, best.Found.Waited);
            Assert.IsFalse(best.IsStale);
        }

        best.Offer(0.71, network);

        Assert.IsTrue(best.IsStale);
        Assert.AreEqual(0.71, best.Found.ValidationScore);
    }

    private static GatedResNetModule Network()
        => new(BlockPlan.Of(Networks.TestNetworks.Cifar(NetworkKind.ResNet) with { Architecture = ResNetArchitecture.Cifar(8) }), 1);

    private static void Set(GatedResNetModule network, float value)
    {
        using var _ = no_grad();
        network.get_parameter("fc.bias")!.fill_(value);
    }
}
