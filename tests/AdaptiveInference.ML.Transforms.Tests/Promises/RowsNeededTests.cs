using AdaptiveInference.ML.Transforms.Promises;

namespace AdaptiveInference.ML.Transforms.Tests.Promises;

[TestClass]
public sealed class RowsNeededTests
{
    private const double Rate = 0.01;
    private const double Seldom = 0.05;

    [TestMethod]
    public void Of_RowsThatCertifyNothingAtAll_IsTheLeastWhateverTheyShow()
    {
        // 0.99^299 is the first power below 0.05, and half as many again choose. Two errors in 200 rows are no proof that one in a hundred
        // is exceeded, and five in 100 are none beyond doubt (P = 0.003).
        foreach (var (errors, rows) in ((long, long)[])[(0, 1), (1, 1), (0, 200), (1, 100), (2, 200), (5, 100)])
        {
            Assert.AreEqual(449L, RowsNeeded.Of(errors, rows, Rate, Seldom, isTooFew: true), $"{errors} in {rows}");
        }
    }

    [TestMethod]
    public void Of_ErrorsBeyondDoubt_IsNone()
    {
        // P(X ≥ 6 | 100, 0.01) = 0.0005, P(X ≥ 10 | 300, 0.01) = 0.0010, P(X ≥ 11) = 0.0003.
        Assert.AreEqual(0L, RowsNeeded.Of(6, 100, Rate, Seldom, isTooFew: true));
        Assert.AreNotEqual(0L, RowsNeeded.Of(10, 300, Rate, Seldom, isTooFew: false));
        Assert.AreEqual(0L, RowsNeeded.Of(11, 300, Rate, Seldom, isTooFew: false));
    }

    [TestMethod]
    public void Of_OneErrorMore_DoesNotJump()
    {
        // From 300 rows, which allow no error: one more at a time, up to nine, where chance alone could still be to blame.
        var needed = Enumerable.Range(1, 9).Select(errors => RowsNeeded.Of(errors, 300, Rate, Seldom, isTooFew: false)).ToArray();

        for (var i = 1; i < needed.Length; i++)
        {
            Assert.IsGreaterThanOrEqualTo(needed[i - 1], needed[i]);
            Assert.IsLessThanOrEqualTo(10 * needed[i - 1], needed[i], string.Join(", ", needed));
        }

        Assert.IsInRange(800L, 3_000L, needed[0]);
        Assert.IsLessThan(100_000L, needed[^1]);
    }

    [TestMethod]
    public void Of_AnEstimate_IsMoreThanWasGivenAndHasTwoDigits()
    {
        var needed = RowsNeeded.Of(45, 5_000, Rate, Seldom, isTooFew: false);

        Assert.IsGreaterThan(7_500L, needed);
        Assert.AreEqual(0L, needed % 1_000);
        Assert.IsGreaterThanOrEqualTo(2 * needed, RowsNeeded.Of(45, 5_000, Rate, Seldom, isTooFew: false, coverage: 0.5) + 1_000);
    }

    [TestMethod]
    public void Of_NextToNothingAllowed_IsALargeNumberAndNoOverflow()
    {
        Assert.AreEqual(1_500_000_000_000L, RowsNeeded.Of(0, 10, double.Epsilon, Seldom, isTooFew: true));
        Assert.IsGreaterThan(4_000_000_000L, RowsNeeded.Of(0, 10, 1e-9, Seldom, isTooFew: true));
    }
}
