using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Training.Loop;
using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML.Tests.Training.Loop;

[TestClass]
public sealed class StageRunTests
{
    private static readonly ResNetTrainer.Options Options = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), BatchSize = 3, Epochs = 2, LearningRate = 0.1f, Momentum = 0, WeightDecay = 0,
    };

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Run_TwoEpochs_FollowTheRateAndTheProgressOfTheWholeStage(bool hasTrainedGates)
    {
        using var setting = new StageFixture(Options, images: 12, judged: 0, batchSize: 3);
        var (biases, progress) = (new List<float>(), new List<double>());
        var stage = Options.AllStages()[0] with
        {
            WarmUp = 0.25f,

            // The gradient of the last bias is 1 at every step, so that it falls by the rate.
            Loss = step =>
            {
                biases.Add(StepResults.Values(setting.Bias)[0]);
                progress.Add(step.Progress);
                return step.Pass.Logits.sum(1).mean();
            },
        };

        using (var run = new StageRun(setting.Context with { HasTrainedGates = hasTrainedGates }, stage, 0, 0))
        {
            run.Run(null);
        }

        // Two of eight steps rise to 0.1, the others fall along a cosine.
        float[] rates = [0.1f / 3, 0.2f / 3, 0.1f, 0.0933013f, 0.075f, 0.05f, 0.025f, 0.0066987f];
        Assert.HasCount(8, biases);
        biases.Add(StepResults.Values(setting.Bias)[0]);
        for (var step = 0; step < 8; step++)
        {
            Assert.AreEqual(rates[step], biases[step] - biases[step + 1], 1e-6f, $"step {step}");
            Assert.AreEqual(hasTrainedGates ? 1 : step / 8.0, progress[step], $"step {step}");
        }
    }

    [TestMethod]
    [DataRow(0, DisplayName = "first stage")]
    [DataRow(1, DisplayName = "second stage")]
    public void Run_OnlyWorseEpochs_EndsWithTheFirstThatWasJudged(int index)
    {
        using var setting = new StageFixture(Options, images: 6, judged: 6, batchSize: 3);
        var scores = 3.0;
        var judged = new List<float>();
        var stage = Options.AllStages()[0] with
        {
            Loss = step => step.Pass.Logits.sum(1).mean(),
            ValidationScore = _ =>
            {
                judged.Add(StepResults.Values(setting.Bias)[0]);
                return scores--;
            },
        };
        var before = StepResults.Values(setting.Bias)[0];

        using (var run = new StageRun(setting.Context, stage, index, 0))
        {
            run.Run(null);
        }

        // A later stage judges what the one before ended with; the first has nothing before its first epoch.
        Assert.AreEqual(judged[0], StepResults.Values(setting.Bias)[0]);
        Assert.AreEqual(index > 0, judged[0] == before);
        Assert.HasCount(2 + index, judged);
    }
}
