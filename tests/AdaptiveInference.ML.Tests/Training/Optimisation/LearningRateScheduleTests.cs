using AdaptiveInference.ML.Training.Optimisation;

namespace AdaptiveInference.ML.Tests.Training.Optimisation;

[TestClass]
public sealed class LearningRateScheduleTests
{
    [TestMethod]
    public void At_WholeRun_RisesThenFallsToZero()
    {
        var schedule = new LearningRateSchedule(0.1f, 100, 0.1f);
        var rates = Enumerable.Range(0, 100).Select(schedule.At).ToArray();
        Assert.AreEqual(0.1f / 11, rates[0], 1e-6f);
        Assert.AreEqual(0.1f, rates[10], 1e-6f);
        Assert.AreEqual(0.05f, rates[55], 1e-6f);
        Assert.IsLessThan(1e-4f, rates[99]);
        for (var step = 1; step < 100; step++)
        {
            Assert.IsTrue(step <= 10 ? rates[step] > rates[step - 1] : rates[step] < rates[step - 1], $"step {step}");
        }
    }

    [TestMethod]
    public void At_Drops_FallsToATenthAtEach()
    {
        var schedule = new LearningRateSchedule(0.1f, 100, 0, [0.5, 0.75]);

        Assert.AreEqual(0.1f, schedule.At(0));
        Assert.AreEqual(0.1f, schedule.At(49));
        Assert.AreEqual(0.01f, schedule.At(50), 1e-7f);
        Assert.AreEqual(0.001f, schedule.At(75), 1e-7f);
        Assert.AreEqual(0.001f, schedule.At(99), 1e-7f);
    }

    [TestMethod]
    public void At_WarmUpAndCosine_IsWorkedOutByHand()
    {
        // Nine steps rise, 80 fall.
        var schedule = new LearningRateSchedule(0.2f, 89, 9.5f / 89);

        Assert.AreEqual(0.02f, schedule.At(0), 1e-7f);
        Assert.AreEqual(0.1f, schedule.At(4), 1e-7f);
        Assert.AreEqual(0.18f, schedule.At(8), 1e-7f);
        Assert.AreEqual(0.2f, schedule.At(9), 1e-7f);
        Assert.AreEqual(0.1 * (1 + Math.Sqrt(0.5)), schedule.At(29), 1e-7);
        Assert.AreEqual(0.1f, schedule.At(49), 1e-7f);
        Assert.AreEqual(0.1 * (1 - Math.Sqrt(0.5)), schedule.At(69), 1e-7);
    }

    [TestMethod]
    public void At_ConvNetAigsEpochs_FallsAfter150And250()
    {
        var stage = new ConvNetAigTrainer.Options { AsPublished = true, Epochs = 350, LearningRate = 0.1f }.AllStages()[0];
        var schedule = new LearningRateSchedule(stage.LearningRate, 3500, stage.WarmUp, stage.RateDropsAt);

        Assert.AreEqual(0.1f, schedule.At(1499));
        Assert.AreEqual(0.01f, schedule.At(1500), 1e-7f);
        Assert.AreEqual(0.01f, schedule.At(2499), 1e-7f);
        Assert.AreEqual(0.001f, schedule.At(2500), 1e-7f);
    }

    [TestMethod]
    public void At_Stages_RisesOverATwentieth()
    {
        foreach (var stage in new SkipNetTrainer.Options().AllStages())
        {
            Assert.AreEqual(0.05f, stage.WarmUp);
        }
    }

    [TestMethod]
    public void At_OneStep_IsHighest() => Assert.AreEqual(0.1f, new LearningRateSchedule(0.1f, 1, 0.05f).At(0));
}
