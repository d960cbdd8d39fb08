using ModelBuilderStyle;
using Spectre.Console.Testing;

namespace AdaptiveInference.ML.Tests.Samples;

[TestClass]
public sealed class TrainingDisplayTests
{
    [TestMethod]
    public void Run_RedirectedOutput_IsOnePlainLinePerEpoch()
    {
        using var console = new TestConsole { Profile = { Width = 200 } };

        var result = TrainingDisplay.Run(console, progress =>
        {
            progress.Report(Progress(1, 20, false));
            progress.Report(Progress(1, 40, true));
            progress.Report(Progress(2, 40, true) with
            {
                Stage = TrainingStage.Reinforcement, ValidationLoss = null, ValidationAccuracy = null, ValidationComputeFraction = null,
            });
            return 7;
        });

        Assert.AreEqual(7, result);
        Assert.AreEqual(
            """
            Supervised stage:
              epoch  1/2  loss 0.400  accuracy 0.830  compute 0.62    987 images/s    12 s
            Reinforcement stage:
              epoch  2/2  loss 0.512  accuracy 0.813  compute 0.70    987 images/s    12 s

            """.ReplaceLineEndings("\n"),
            console.Output);
    }

    [TestMethod]
    public void Run_NetworkWithExits_ShowsEachOfThem()
    {
        using var console = new TestConsole { Profile = { Width = 200 } };

        TrainingDisplay.Run(console, progress =>
        {
            progress.Report(Progress(1, 3, false) with { Stage = TrainingStage.Preparation });
            progress.Report(Progress(1, 40, true) with { ValidationExitAccuracies = [0.6, 0.7251], ExitAccuracies = [0.9, 0.95] });
            return 7;
        });

        Assert.AreEqual(
            """
            Supervised stage:
              epoch  1/2  loss 0.400  accuracy 0.600 → 0.725 → 0.830  compute 0.62    987 images/s    12 s

            """.ReplaceLineEndings("\n"),
            console.Output);
    }

    [TestMethod]
    public void Run_InteractiveConsole_DrawsABarAndReturnsTheResult()
    {
        using var console = new TestConsole { Profile = { Width = 120 } };
        console.Interactive().EmitAnsiSequences();

        var result = TrainingDisplay.Run(console, progress =>
        {
            progress.Report(Progress(1, 40, true));
            return 7;
        });

        Assert.AreEqual(7, result);
        StringAssert.Contains(console.Output, "epoch  1/2");
    }

    private static TrainingProgress Progress(int epoch, int batch, bool end) => new()
    {
        Stage = TrainingStage.Supervised,
        Epoch = epoch,
        Epochs = 2,
        Batch = batch,
        Batches = 40,
        Loss = 0.5123,
        Accuracy = 0.8126,
        ComputeFraction = 0.7,
        ImagesPerSecond = 987.4,
        Elapsed = TimeSpan.FromSeconds(12.3),
        IsEpochEnd = end,
        ValidationLoss = 0.4,
        ValidationAccuracy = 0.83,
        ValidationComputeFraction = 0.62,
    };
}
