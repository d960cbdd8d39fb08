using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class WholeNetworkTeacherTests
{
    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Loss_LimitedImages_LearnFromTheWholeAndOthersFromLabelsAlone()
    {
        using var scope = NewDisposeScope();
        var options = new ConvNetAigTrainer.Options { DistillationWeight = 0.4f, DistillationTemperature = 2 };
        using var compute = new GatedComputeFraction(BlockPlan.Of(Networks.TestNetworks.Cifar(NetworkKind.ConvNetAig)), CPU);

        // Of three images the first runs whole.
        var logits = tensor(new[] { 9f, -9, 1, 0, 0, 3 }, [3, 2]).requires_grad_();
        var step = new StepResult(new NetworkPass(logits, [], []), zeros(3), tensor(new[] { 5f, 0.7f, 0.2f }), compute);
        var whole = tensor(new[] { 2f, 0, -1, 1 }, [2, 2]);

        var loss = WholeNetworkTeacher.Loss(whole, tensor(new long[] { 1, 2 }), step, options);
        loss.backward();

        // T² · KL of two classes at half of the scores, both as probabilities of the first class.
        double teacher1 = StepResults.Sigmoid(1), student1 = StepResults.Sigmoid(0.5);
        double teacher2 = StepResults.Sigmoid(-1), student2 = StepResults.Sigmoid(-1.5);
        var divergence = 4 * (Divergence(teacher1, student1) + Divergence(teacher2, student2)) / 2;
        Assert.AreEqual(0.4 * 2 / 3 * (divergence - 0.45), loss.item<float>(), 1e-5);

        // ∂/∂score of T² · KL ÷ 2 is T · (student − teacher) ÷ 2.
        var gradient = StepResults.Values(logits.grad!);
        Assert.AreEqual(0f, gradient[0]);
        Assert.AreEqual(0.4 * 2 / 3 * (student1 - teacher1), gradient[2], 1e-5);
        Assert.AreEqual(0.4 * 2 / 3 * (student2 - teacher2), gradient[4], 1e-5);
    }

    private static double Divergence(double p, double q) => (p * Math.Log(p / q)) + ((1 - p) * Math.Log((1 - p) / (1 - q)));
}
