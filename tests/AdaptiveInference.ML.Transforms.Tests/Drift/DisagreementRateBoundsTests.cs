using AdaptiveInference.ML.Transforms.Drift;

namespace AdaptiveInference.ML.Transforms.Tests.Drift;

[TestClass]
public sealed class DisagreementRateBoundsTests
{
    [TestMethod]
    public void Of_NoRows_IsEverything() => Assert.AreEqual((0.0, 1.0), DisagreementRateBounds.Of(0, 0, 0.95));

    [TestMethod]
    public void LogWealth_ThreeRowsOneDisagreement_IsByHand()
    {
        // Against 0.2, believing in more: r ÷ (1 + 0.2(r − 1))³, averaged over r = 16, 4, 2, √2 …; in less: the same with 1 ÷ r.
        var ratios = Enumerable.Range(0, 8).Select(i => Math.Pow(16, 1.0 / (1 << i))).ToArray();

        Assert.AreEqual(
            ratios.Average(r => r / Math.Pow(1 + (0.2 * (r - 1)), 3)), Math.Exp(DisagreementRateBounds.LogWealth(3, 1, 0.2, 1)), 1e-12);
        Assert.AreEqual(
            ratios.Average(r => 1 / r / Math.Pow(1 + (0.2 * ((1 / r) - 1)), 3)),
            Math.Exp(DisagreementRateBounds.LogWealth(3, 1, 0.2, -1)),
            1e-12);
    }

    [TestMethod]
    [DataRow(1000, 0)]
    [DataRow(1000, 30)]
    [DataRow(50, 50)]
    [DataRow(20, 3)]
    public void Of_Counts_EndsWhereTheWealthReachesTwoOverTheError(int rows, int disagreements)
    {
        var (lower, upper) = DisagreementRateBounds.Of(rows, disagreements, 0.9);

        var rate = (double)disagreements / rows;
        Assert.IsInRange(lower, upper, rate);
        Assert.AreEqual(disagreements > 0 && DisagreementRateBounds.LogWealth(rows, disagreements, 0, 1) >= Math.Log(20), lower > 0);
        if (lower > 0)
        {
            Assert.AreEqual(Math.Log(20), DisagreementRateBounds.LogWealth(rows, disagreements, lower, 1), 1e-6);
        }

        if (upper < 1)
        {
            Assert.AreEqual(Math.Log(20), DisagreementRateBounds.LogWealth(rows, disagreements, upper, -1), 1e-6);
        }
    }

    [TestMethod]
    public void Of_NothingButAgreement_ComesToOnePercentAfterSomeHundredRows()
    {
        // Exact Clopper–Pearson at one moment would be 368 rows; to look at any time costs more.
        Assert.IsGreaterThan(0.01, DisagreementRateBounds.Of(368, 0, 0.95).Upper);
        Assert.IsLessThan(0.01, DisagreementRateBounds.Of(700, 0, 0.95).Upper);
    }

    [TestMethod]
    public void Of_ManyRows_NarrowsAroundTheRate()
    {
        var (lower, upper) = DisagreementRateBounds.Of(1_000_000, 20_000, 0.95);

        Assert.IsInRange(0.0190, 0.02, lower);
        Assert.IsInRange(0.02, 0.0210, upper);
    }

    [TestMethod]
    public void Of_RateThatChanges_HoldsForItsMean()
    {
        // 300 streams of 2,000 rows that start at 0.02 and end at 0.2: the mean so far must be inside at every look, but for 10 %.
        var (random, missed) = (new Random(4), 0);
        for (var stream = 0; stream < 300; stream++)
        {
            var (disagreements, sum, outside) = (0L, 0.0, false);
            for (var row = 1; row <= 2000; row++)
            {
                var rate = row < 1000 ? 0.02 : 0.2;
                sum += rate;
                disagreements += random.NextDouble() < rate ? 1 : 0;
                if (row % 20 == 0)
                {
                    var (lower, upper) = DisagreementRateBounds.Of(row, disagreements, 0.9);
                    outside |= sum / row < lower || sum / row > upper;
                }
            }

            missed += outside ? 1 : 0;
        }

        Assert.IsLessThanOrEqualTo(0.1 + (2 * Math.Sqrt(0.1 * 0.9 / 300)), missed / 300.0);
    }
}
