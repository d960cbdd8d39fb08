using AdaptiveInference.ML.Transforms.Budget;

namespace AdaptiveInference.ML.Transforms.Tests.Budget;

[TestClass]
public sealed class ExitThresholdsAfterTrainingTests
{
    [TestMethod]
    public void Choose_ExitWorseBelowSomeConfidence_StopsThere()
        => AssertThresholds([0.8f], One([0.9f, 0.8f, 0.7f, 0.6f], [true, true, false, false], [true, true, true, true]));

    [TestMethod]
    public void Choose_ExitMakesUpForItsMistake_GoesOn()
        => AssertThresholds([0.6f], One([0.9f, 0.8f, 0.7f, 0.6f], [true, false, true, true], [true, true, false, true]));

    [TestMethod]
    public void Choose_ExitAlwaysWorse_LetsNoneLeave()
        => AssertThresholds([1f], One([0.9f, 0.8f], [false, false], [true, true]));

    [TestMethod]
    public void Choose_SameConfidenceRightAndWrong_TakesAllOrNone()
        => AssertThresholds([1f], One([0.9f, 0.9f], [true, false], [true, true]));

    [TestMethod]
    public void Choose_ConfidenceOne_StaysBelowOne()
        => AssertThresholds([float.BitDecrement(1f)], One([1f, 0.5f], [true, false], [true, true]));

    [TestMethod]
    public void Choose_SecondExit_JudgesOnlyImagesThatAreStillInside()
    {
        // The image of which the second exit is wrong left at the first.
        var answers = new ExitAnswers([[0.9f, 0.2f], [0.95f, 0.9f]], [[true, false], [false, true]], [true, true]);
        AssertThresholds([0.9f, 0.9f], answers);
    }

    [TestMethod]
    public void Choose_MostGainedAboveLowestThatLosesNothing_TakesTheMost()
        => AssertThresholds([0.8f], One([0.9f, 0.8f, 0.7f], [true, true, false], [true, false, true]));

    [TestMethod]
    public void Choose_LossSmallerThanWhatComputeIsWorth_GoesOn()
    {
        // 150 images that save nearly everything are worth the one mistake among them.
        var answers = One(
            [.. Enumerable.Range(0, 150).Select(image => 0.9f - (image * 0.001f))],
            [.. Enumerable.Range(0, 150).Select(image => image != 10)],
            [.. Enumerable.Repeat(true, 150)]);

        Assert.AreEqual(0.9f - (149 * 0.001f), ExitThresholdsAfterTraining.Choose(answers, [0.9])[0]);
        Assert.AreEqual(0.9f - (9 * 0.001f), ExitThresholdsAfterTraining.Choose(answers, [0.1])[0]);
    }

    [TestMethod]
    [DataRow(99, 0.9f)]
    [DataRow(101, 0.5f)]
    public void Choose_OneMistakeAmongAHundredThatSaveEverything_IsWorthIt(int images, float expected)
    {
        // The first image gains nothing but compute; the last head is right about the others, the exit wrong about one.
        var answers = One(
            [0.9f, .. Enumerable.Repeat(0.5f, images)],
            [true, false, .. Enumerable.Repeat(true, images - 1)],
            [true, .. Enumerable.Repeat(true, images)]);

        Assert.AreEqual(expected, ExitThresholdsAfterTraining.Choose(answers, [1])[0]);
    }

    private static ExitAnswers One(float[] confidence, bool[] correct, bool[] last) => new([confidence], [correct], last);

    private static void AssertThresholds(float[] expected, ExitAnswers answers)
        => CollectionAssert.AreEqual(expected, ExitThresholdsAfterTraining.Choose(answers, new double[answers.Confidence.Count]));
}
