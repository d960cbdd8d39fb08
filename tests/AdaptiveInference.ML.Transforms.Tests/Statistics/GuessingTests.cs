using AdaptiveInference.ML.Transforms.Statistics;

namespace AdaptiveInference.ML.Transforms.Tests.Statistics;

[TestClass]
public sealed class GuessingTests
{
    [TestMethod]
    [DataRow(10L, 400L, 10, false)]    // labels shifted by one: never right but by mistake
    [DataRow(40L, 400L, 10, false)]    // as many as a guess
    [DataRow(55L, 400L, 10, false)]    // P(X ≥ 55) = 0.01004
    [DataRow(56L, 400L, 10, true)]     // P(X ≥ 56) = 0.0066
    [DataRow(380L, 400L, 10, true)]
    [DataRow(223L, 400L, 2, false)]    // P(X ≥ 223) = 0.0122
    [DataRow(224L, 400L, 2, true)]     // P(X ≥ 224) = 0.0093
    public void IsBeaten_ManyRows_IsTheExactTest(long right, long rows, int classes, bool expected)
        => Assert.AreEqual(expected, Guessing.IsBeaten(right, rows, classes, rate: 0.01, confidence: 0.95));

    [TestMethod]
    public void IsBeaten_RowsTooFewForACertificate_IsTheirShare()
    {
        // Three of four right is P(X ≥ 3) = 0.31 where one of two is guessed; with four rows nobody can tell, and nothing is certified.
        Assert.IsTrue(Guessing.IsBeaten(3, 4, 2, rate: 0.01, confidence: 0.95));
        Assert.IsFalse(Guessing.IsBeaten(2, 4, 2, rate: 0.01, confidence: 0.95));
        Assert.IsFalse(Guessing.IsBeaten(3, 4, 2, rate: 0.6, confidence: 0.95));
    }
}
