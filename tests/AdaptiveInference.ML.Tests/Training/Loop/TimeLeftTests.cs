using AdaptiveInference.ML.Training.Loop;

namespace AdaptiveInference.ML.Tests.Training.Loop;

[TestClass]
public sealed class TimeLeftTests
{
    [TestMethod]
    public void After_FirstSteps_IsNotKnown()
    {
        var left = new TimeLeft(epochs: 2);
        Assert.IsNull(left.After(1, 1, 10, Seconds(5)));
        Assert.IsNull(left.After(1, 2, 10, Seconds(6)));
        Assert.IsNotNull(left.After(1, 3, 10, Seconds(7)));
    }

    [TestMethod]
    public void After_SomeSteps_CountsStepsAndEvaluationsToCome()
    {
        var left = new TimeLeft(epochs: 3);
        left.After(1, 1, 10, Seconds(5));

        // Steps 2 to 5 took 2 seconds each, the first one 5. There are 5 in this epoch and 20 in the others.
        Assert.AreEqual(Seconds(50), left.After(1, 5, 10, Seconds(13)));

        left.Evaluated(Seconds(4));
        Assert.AreEqual(Seconds(40 + 8), left.After(1, 10, 10, Seconds(23)));
        left.After(3, 1, 10, Seconds(1));
        Assert.AreEqual(Seconds(0), left.After(3, 10, 10, Seconds(19)));
    }

    [TestMethod]
    public void After_EpochsOfOneBatch_TakeTheWholeTime()
    {
        var left = new TimeLeft(epochs: 4);
        Assert.AreEqual(Seconds(9), left.After(1, 1, 1, Seconds(3)));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
